"""The RTL testbench: its cycles, its banks, its transfers, and what it says when a program is wrong."""

import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from clusters import bench, needs_rtl, program

from ossicle.errors import OssicleError
from ossicle.platforms.cluster.rtl import RtlCluster, build_testbench, check_rtl, run_rtl
from ossicle.platforms.cluster.rtl import build as rtl_build
from ossicle.targets import load_target

DMA, FPU = load_target("cv32e40p-cluster").cluster.dma, load_target("cv32e40p-cluster").cluster.fpu
MARKS = '#include "osc_rtl.h"\n'
SDOT = (
    MARKS
    + """
static uint32_t a[256] L1, b[256] L1;
int main(void)
{
    const uint32_t *x = a, *y = b;
    int32_t sum = 0;
    uint32_t u, v;
    const uint32_t words = 256;
    for (uint32_t i = 0; i < 256; i++) {
        a[i] = i * 0x01030507u;
        b[i] = i * 0x0B0D1113u;
    }
    OSC_RTL(OSC_RTL_MARK) = 1;
    __asm__ volatile(".option push\\n"
                     ".option norvc\\n"
                     ".balign 4\\n"
                     LOOP
                     ".option pop\\n"
                     : "+r"(x), "+r"(y), "+r"(sum), "=&r"(u), "=&r"(v)
                     : "r"(words)
                     : "memory");
    OSC_RTL(OSC_RTL_MARK) = 2;
    audio_write_bytes(&sum, sizeof sum);
    return 0;
}
"""
)
BODY = '"cv.lw %3, (%0), 4\\n cv.lw %4, (%1), 4\\n cv.sdotsp.b %2, %3, %4\\n"'


def sdot() -> int:
    """What the loops compute, in signed bytes."""
    words = [struct.pack("<2I", i * 0x01030507 & 0xFFFFFFFF, i * 0x0B0D1113 & 0xFFFFFFFF) for i in range(256)]
    pairs = (zip(*[iter(struct.unpack("<8b", word))] * 4, strict=True) for word in words)
    return sum(p * q for first, second in pairs for p, q in zip(first, second, strict=True))


@needs_rtl
@pytest.mark.parametrize(
    ("loop", "cycles"),
    [
        # Two loads, the cycle that the second load's result takes, and the product.
        ('".insn i 0x2b, 4, x14, %5, 4\\n"' + BODY, range(4 * 256, 4 * 256 + 25)),
        # And three more for a branch that is taken.
        ('"addi t0, %0, 1024\\n 1:\\n"' + BODY + '"bne %0, t0, 1b\\n"', range(7 * 256, 7 * 256 + 25)),
    ],
)
def test_a_loop_of_products_takes_the_cycles_of_the_core(loop, cycles):
    run = bench(SDOT.replace("LOOP", loop).replace('"memory"', '"memory", "t0"'), workers=1)
    marks = run.marks(core=1)
    assert run.stdout == struct.pack("<i", sdot())
    assert marks[2] - marks[1] in cycles


CONFLICTS = """
static uint32_t words[256] L1;
static void task(void *argument, int worker)
{
    if (worker == OSC_WORKERS) {
        return;
    }
    const uint32_t *const own = &words[STRIDE * (unsigned)worker];
    const uint32_t times = 512;
    uint32_t value;
    (void)argument;
    osc_barrier();
    __asm__ volatile(".option push\\n"
                     ".option norvc\\n"
                     ".balign 4\\n"
                     ".insn i 0x2b, 4, x14, %1, 3\\n"
                     "lw %0, (%2)\\n"
                     "lw %0, (%2)\\n"
                     ".option pop\\n"
                     : "=&r"(value)
                     : "r"(times), "r"(own)
                     : "memory");
}
int main(void)
{
    osc_fork(task, 0);
    return 0;
}
"""


def fork_of(run):
    """Cycles of the only fork of a run, and conflicts within it."""
    begin, end = (next(event for event in run.events if event.kind == kind) for kind in ("fork", "join"))
    return end.cycle - begin.cycle, end.value


@needs_rtl
def test_loads_from_one_bank_each_do_not_wait_and_from_the_same_bank_wait_their_turn():
    loads = 1024
    apart, no_conflicts = fork_of(bench(CONFLICTS.replace("STRIDE", "1")))
    assert loads < apart < loads + 100
    assert no_conflicts < 100  # of the stacks
    same, conflicts = fork_of(bench(CONFLICTS.replace("STRIDE", "16")))
    assert 8 * loads < same < 8 * loads + 100
    assert conflicts == pytest.approx(7 * 8 * loads, abs=100)
    # With half as many banks, the words of two workers are in each.
    pairs, conflicts = fork_of(bench(CONFLICTS.replace("STRIDE", "2"), banks=8))
    assert 2 * loads < pairs < 2 * loads + 100
    assert conflicts == pytest.approx(8 * loads, abs=100)


@needs_rtl
def test_cores_and_ports_of_the_engine_wait_for_each_other():
    text = CONFLICTS.replace("STRIDE", "1").replace(
        "osc_fork(task, 0);", "osc_dma_issue(0, tile, weights, sizeof tile); osc_fork(task, 0);"
    )
    tile = "static uint32_t tile[1024] L1; static uint32_t weights[1024] __attribute__((aligned(8)));"
    run = bench(tile + text)
    begin, end = (next(e.cycle for e in run.events if e.kind == kind) for kind in ("dma-begin", "dma-end"))
    # Half of the banks have a worker that asks in each cycle, and waits once for each word of the transfer,
    # since it was the last to have the bank.
    assert fork_of(run)[1] == pytest.approx(1024 // 2, abs=100)
    assert run.engine.granted == 1024 and run.engine.denied < 20
    assert 512 + 2 * 15 <= end - begin < 512 + 2 * 15 + 20
    # All workers ask for the first bank: a port waits there for several of them, and the other for it.
    same = bench(tile + text.replace("words[1 *", "words[16 *"))
    slow_begin, slow_end = (cycles_of(same, kind)[0] for kind in ("dma-begin", "dma-end"))
    assert same.engine.denied > 64 and slow_end - slow_begin > end - begin + 32


TRANSFER = """
static uint32_t tile[2][BYTES / 4] L1;
static uint32_t weights[BYTES / 4] __attribute__((aligned(8)));
int main(void)
{
    osc_dma_issue(0, tile[0], weights, BYTES);
    osc_dma_issue(1, tile[1], weights, BYTES);
    osc_dma_wait(0);
    osc_dma_wait(1);
    osc_dma_wait(2);
    return 0;
}
"""


def cycles_of(run, kind: str) -> list[int]:
    return [event.cycle for event in run.events if event.kind == kind]


@needs_rtl
@pytest.mark.parametrize(("bytes_", "rate"), [(8, 8), (4096, 8), (4096, 4), (4096, 16)])
def test_transfers_take_their_bytes_and_two_cycles_a_burst(bytes_, rate):
    run = bench(TRANSFER.replace("BYTES", str(bytes_)), dma=replace(DMA, bytes_per_cycle=rate))
    begins, ends = cycles_of(run, "dma-begin"), cycles_of(run, "dma-end")
    least = -(-bytes_ // rate) + 2 * (-(-bytes_ // 256) - 1)
    # L2's address may cut a burst more, and the controller may be at its stack, in the same bank.
    assert all(least <= end - begin <= least + 4 for begin, end in zip(begins, ends, strict=True))
    assert bytes_ == 8 or -2 <= begins[1] - ends[0] <= 2


@needs_rtl
def test_the_latency_is_that_of_the_first_transfer_alone():
    text = TRANSFER.replace("BYTES", "8192")
    near, far = (bench(text, dma=replace(DMA, latency_cycles=cycles)) for cycles in (21, 121))
    first, second = (cycles_of(run, "dma-begin") for run in (near, far))
    assert [b - a for a, b in zip(first, second, strict=True)] == [100, 100]
    # 8192 bytes, two of whose bursts the controller's own stack may hold up.
    assert 8192 / (first[1] - first[0]) == pytest.approx(7.53, abs=0.03)


STARTS = (
    MARKS
    + """
static uint32_t tile[2048] L1;
static uint32_t weights[2048] __attribute__((aligned(256)));
int main(void)
{
    for (int i = 0; i < 5; i++) {
        osc_dma_issue(i, tile, weights, sizeof tile);
        OSC_RTL(OSC_RTL_MARK) = (uint32_t)i;
    }
    osc_dma_wait(4);
    OSC_RTL(OSC_RTL_MARK) = 5;
    return 0;
}
"""
)


@needs_rtl
def test_a_third_transfer_waits_until_the_first_has_asked_for_all_its_bursts():
    """On the RTL of MCHAN the five were taken at cycles 6, 15, 811, 1899 and 2987."""
    run = bench(STARTS, workers=1)
    marks = run.marks(core=1)
    taken = [marks[i] - marks[0] for i in range(5)]
    assert taken[1] < 40
    assert taken[2:] == pytest.approx([811 - 6, 1899 - 6, 2987 - 6], abs=40)
    assert 0 < marks[5] - cycles_of(run, "dma-end")[-1] - DMA.end_cycles < 12


FLOATS = CONFLICTS.replace(
    '"lw %0, (%2)\\n"\n                     "lw %0, (%2)\\n"',
    'OPERATION "\\n" OPERATION "\\n"',
).replace('"memory");', '"memory", "ft0", "ft1");')


@needs_rtl
@pytest.mark.parametrize(
    ("operation", "fpu", "least"),
    [
        # Four units for eight workers: each has its own every second time.
        ('"fmul.s ft0, ft1, ft1"', FPU, 2 * 1024),
        pytest.param('"fmul.s ft0, ft1, ft1"', replace(FPU, units=8), 1024, marks=pytest.mark.slow),
        ('"fmul.s ft0, ft1, ft1"', replace(FPU, units=1), 8 * 1024),
        # One divider for all of them.
        ('"fsqrt.s ft0, ft1"', FPU, 8 * 1024 * 14),
        pytest.param(
            '"fdiv.s ft0, ft1, ft1"',
            replace(FPU, divide_cycles=30),
            8 * 1024 * 30,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_cores_share_floating_point_units(operation, fpu, least):
    text = FLOATS.replace("STRIDE", "1").replace("OPERATION", operation)
    cycles, _ = fork_of(bench(text, fpu=fpu, limit_cycles=1_000_000))
    assert least <= cycles <= 1.02 * least + 100


@needs_rtl
def test_a_hop_says_what_it_waited_for():
    text = """
    static int16_t samples[4] L1;
    static uint32_t tile[256] L1;
    static uint32_t weights[256] __attribute__((aligned(8)));
    static void task(void *argument, int worker) { (void)argument; (void)worker; }
    int main(void)
    {
        while (audio_read(samples, 4) > 0) {
            osc_fork(task, 0);
            osc_dma_issue(0, tile, weights, sizeof tile);
            osc_dma_wait(0);
            osc_fork(task, 0);
            audio_write(samples, 4);
        }
        return 0;
    }
    """
    fast = bench(text, bytes(24), dma=DMA)
    slow = bench(text, bytes(24), dma=replace(DMA, bytes_per_cycle=4))
    assert fast.stdout == slow.stdout == bytes(24)
    assert len(fast.frame_cycles) == len(slow.frame_cycles) == 3
    # Nothing else goes on: the workers wait for as long as the controller does, 128 cycles more at half the
    # speed, but for one that the controller's stack may take or give.
    assert all(127 <= b - a <= 129 for a, b in zip(fast.exposed_cycles, slow.exposed_cycles, strict=True))
    assert all(127 <= b - a <= 129 for a, b in zip(fast.frame_cycles, slow.frame_cycles, strict=True))
    kinds = [event.kind for event in fast.frames[1]]
    assert kinds == [
        *("read", "fork", "join", "wait-begin", "dma-begin", "dma-end", "wait-end", "fork", "join", "write")
    ]


UNEQUAL = """
static volatile int32_t numbers[OSC_WORKERS] L1;
static volatile float floats[OSC_WORKERS] L1;
static void task(void *argument, int worker)
{
    if (worker == OSC_WORKERS) {
        return;
    }
    (void)argument;
    for (int round = 1; round < 6; round++) {
        for (int i = 0; i < 40 * ((worker + round) % OSC_WORKERS); i++) {
            numbers[worker] = numbers[worker] / round + i;
        }
        floats[worker] = floats[worker] / (float)round + 1.0f;
        osc_barrier();
        floats[worker] = floats[worker] / 3.0f + (float)(numbers[worker] / 7);
    }
}
int main(void)
{
    for (int i = 0; i < OSC_WORKERS; i++) {
        numbers[i] = 1000000000 + i;
        floats[i] = (float)i;
    }
    osc_fork(task, 0);
    audio_write_bytes((const void *)(uintptr_t)floats, sizeof floats);
    return 0;
}
"""


@needs_rtl
def test_cores_that_only_wait_need_not_be_computed(tmp_path):
    elf = program("rtl", UNEQUAL, workers=4)
    runs = []
    for still in (64, 1 << 40):
        log = tmp_path / str(still)
        options = ["--workers", "4", "--still", str(still), "--events", str(log), "--l2-latency", "300"]
        done = subprocess.run([build_testbench(), elf, *options], check=True, capture_output=True)
        runs.append((done.stdout, log.read_text()))
    assert len(runs[0][0]) == 16 and runs[0] == runs[1]


@needs_rtl
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("int main(void) { for (;;) { __asm__ volatile(\"\"); } }", "did not end within 20000 cycles"),
        ("int main(void) { return 3; }", "exit code 3"),
        ('int main(void) { __asm__ volatile("unimp"); return 0; }', "core 2 met exception 2 at 0x1c"),
        ("int main(void) { return *(volatile int *)0x20000000; }", "accessed 0x20000000, where there is no"),
        ("int main(void) { ((void (*)(void))0x30000000)(); return 0; }", "instruction from 0x30000000"),
        ("static int t[2] L1; int main(void) { osc_dma_issue(0, t, t, 8); return 0; }", "8 bytes from 0x10"),
        (
            "static void task(void *a, int w) { (void)a; if (w == 1) { osc_barrier(); } }"
            "int main(void) { osc_fork(task, 0); return 0; }",
            "all cores wait at barriers for one another",
        ),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said(text, message):
    with pytest.raises(OssicleError, match=f"the program failed on the RTL testbench: .*{message}"):
        bench(text, limit_cycles=20_000, workers=2)


@needs_rtl
def test_impossible_clusters_are_refused():
    with pytest.raises(OssicleError, match="1 to 16 workers"):
        run_rtl(Path("any.elf"), RtlCluster(dma=replace(DMA, bytes_per_cycle=6)), b"")
    with pytest.raises(OssicleError, match=r"cannot read any\.elf"):
        run_rtl(Path("any.elf"), RtlCluster(), b"")
    for workers in (1, 3):
        with pytest.raises(OssicleError, match=f"built for 2 workers, and there are {workers}"):
            run_rtl(program("rtl", "int main(void) { return 0; }", 2), RtlCluster(workers), b"")


@needs_rtl
def test_a_second_build_compiles_nothing(monkeypatch):
    path = build_testbench()
    monkeypatch.setattr(rtl_build, "_build", None)
    assert build_testbench() == path


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.setattr(rtl_build, "DESIGN", "no_such_package")
    with pytest.raises(OssicleError, match=r"needs no_such_package; pip install 'ossicle\[rtl\]'"):
        check_rtl()
    monkeypatch.setattr(rtl_build, "DESIGN", "ossicle")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OssicleError, match=r"needs verilator, g\+\+, make; on Debian: apt install"):
        check_rtl()
