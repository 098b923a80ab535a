"""osc_cluster.h on the RTL testbench and on QEMU's harts: fork, barrier, transfers, floats, input, output."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from clusters import BACKENDS, bench, needs_harts, needs_rtl, output, program

from ossicle.errors import OssicleError
from ossicle.platforms.cluster.harts import check_harts, run_harts
from ossicle.targets import load_target

ROUNDS = 5
ALL_PARTS = """
static int32_t parts[2][OSC_WORKERS] L1;
static int32_t tile[64] L1;
static int32_t weights[64] __attribute__((aligned(8)));
static const int32_t places[4] = {1, 10, 100, 1000};

/* Round after round, each worker builds on what its neighbour wrote in the round before. */
static void task(void *argument, int worker)
{
    if (worker == OSC_WORKERS) {
        return;
    }
    const int32_t *const words = argument;
    int32_t sum = 0;
    for (int i = worker; i < 64; i += OSC_WORKERS) {
        sum += words[i] * places[i & 3];
    }
    parts[0][worker] = sum;
    for (int round = 0; round < ROUNDS; round++) {
        osc_barrier();
        parts[(round + 1) & 1][worker] = 3 * parts[round & 1][(worker + 1) % OSC_WORKERS] + worker;
    }
}

int main(void)
{
    int16_t add;
    audio_start();
    while (audio_read(&add, 1) > 0) {
        for (int i = 0; i < 64; i++) {
            weights[i] = i + add;
        }
        osc_dma_issue(3, tile, weights, sizeof tile);
        osc_dma_wait(3);
        osc_fork(task, tile);
        audio_write_bytes(parts[ROUNDS & 1], sizeof parts[0]);
    }
    audio_stop();
    return 0;
}
""".replace("ROUNDS", str(ROUNDS))


def expected_parts(add: int, workers: int) -> np.ndarray:
    words = np.arange(64) + add
    products = words * np.array([1, 10, 100, 1000])[np.arange(64) % 4]
    parts = np.array([products[k::workers].sum() for k in range(workers)])
    for _ in range(ROUNDS):
        parts = 3 * np.roll(parts, -1) + np.arange(workers)
    return parts


@pytest.mark.parametrize("workers", range(1, 9))
@pytest.mark.parametrize("backend", BACKENDS)
def test_forks_barriers_and_transfers_with_any_number_of_workers(backend, workers):
    written = output(backend, ALL_PARTS, workers, struct.pack("<3h", 1, -2, 30))
    got = np.frombuffer(written, np.int32).reshape(3, workers)
    assert (got == [expected_parts(add, workers) for add in (1, -2, 30)]).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_floats_are_those_of_ieee(backend):
    text = """
    static float values[64] L1;
    static void task(void *argument, int worker)
    {
        if (worker == OSC_WORKERS) {
            return;
        }
        float *const x = argument;
        for (int i = worker; i < 64; i += OSC_WORKERS) {
            x[i] = __builtin_sqrtf(x[i] * x[i] + 1.0f) / (x[i] + 0.5f) + (float)(int32_t)x[i];
        }
    }
    int main(void)
    {
        audio_start();
        (void)audio_read((int16_t *)values, 128);
        osc_fork(task, values);
        audio_write_bytes(values, sizeof values);
        return 0;
    }
    """
    x = np.random.default_rng(0).uniform(0, 100, 64).astype(np.float32)
    expected = np.sqrt(x * x + np.float32(1)) / (x + np.float32(0.5)) + np.trunc(x)
    written = output(backend, text, stdin=x.tobytes())
    assert written == expected.tobytes()


@pytest.mark.parametrize("backend", BACKENDS)
def test_memory_behind_l2_is_copied_to_l2(backend):
    text = """
    static const uint32_t l3[4] = {1, 2, 3, 4};
    static uint32_t staging[4] __attribute__((aligned(8)));
    int main(void)
    {
        audio_start();
        osc_l3_issue(0, staging, l3, sizeof l3);
        osc_l3_wait(0);
        audio_write_bytes(staging, sizeof staging);
        return 0;
    }
    """
    assert output(backend, text) == struct.pack("<4I", 1, 2, 3, 4)


NO_WAIT = """
static uint32_t tile[64] L1;
static uint32_t sum L1;
static uint32_t weights[64] __attribute__((aligned(8)));
static void task(void *argument, int worker)
{
    if (worker == OSC_WORKERS) {
        return;
    }
    (void)argument;
    if (worker == 0) {
        sum = 0;
        for (int i = 0; i < 64; i++) {
            sum += tile[i];
        }
    }
}
int main(void)
{
    for (uint32_t i = 0; i < 64; i++) {
        weights[i] = i;
    }
    osc_dma_issue(0, tile, weights, sizeof tile);
    WAIT;
    osc_fork(task, 0);
    audio_write_bytes(&sum, sizeof sum);
    return 0;
}
"""


@needs_rtl
def test_a_forgotten_wait_gives_a_wrong_answer():
    slow = replace(load_target("cv32e40p-cluster").cluster.dma, latency_cycles=100)
    right = bench(NO_WAIT.replace("WAIT", "osc_dma_wait(0)"), dma=slow).stdout
    assert right == struct.pack("<I", 64 * 63 // 2)
    assert bench(NO_WAIT.replace("WAIT", "(void)0"), dma=slow).stdout != right


@needs_harts
def test_what_goes_wrong_on_qemu_is_said():
    elf = program("harts", 'int main(void) { for (;;) { __asm__ volatile(""); } }')
    with pytest.raises(OssicleError, match="did not end within 2 s on QEMU"):
        run_harts(elf, 8, b"", limit_s=2)
    elf = program("harts", "int main(void) { return 3; }")
    with pytest.raises(OssicleError, match="failed on QEMU: exit code 3"):
        run_harts(elf, 8, b"")
    elf = program("harts", 'int main(void) { __asm__ volatile("unimp"); return 0; }')
    with pytest.raises(OssicleError, match="failed on QEMU: exit code 66"):
        run_harts(elf, 8, b"")


def test_a_missing_qemu_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OssicleError, match=r"qemu-system-riscv32 is not installed; .* qemu-system-misc"):
        check_harts()
