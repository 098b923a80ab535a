"""Kernels for Helium on QEMU's Cortex-M55: the bits of plain C, in fewer instructions."""

from itertools import product

import numpy as np
import pytest
from emulator import small
from networks import noise
from published import published
from tools import need, slow_but

from ossicle import api
from ossicle.audio.sound import synthetic_voice
from ossicle.errors import OssicleError
from ossicle.kernels.helium import SET
from ossicle.platforms.cortexm.build import build_elf
from ossicle.platforms.cortexm.machine import Machine
from ossicle.platforms.cortexm.plan import plan_chip
from ossicle.platforms.cortexm.qemu import check_qemu, count_qemu, run_qemu
from ossicle.platforms.cortexm.run import emulate
from ossicle.platforms.platform import emit
from ossicle.targets import load_target

need("qemu")
M55 = load_target("mps3-an547")
check_qemu(M55)
SAMPLES = (noise(1600) * 32768).astype(np.int16)
ROWS = 39
HARNESS = """
#include "audio.h"
#include "osc_kernels.h"
#define ROWS 39
static struct { int32_t sums[ROWS], bias[ROWS], multiplier[ROWS]; uint8_t shift[ROWS + 1]; } in;
static int32_t s32[ROWS];
static int16_t s16[ROWS + 1];
static int8_t s8[ROWS + 1];
int main(void)
{
    audio_start();
    audio_read((int16_t *)&in, sizeof in / 2);
    const osc_requantize_t f = {in.bias, in.multiplier, in.shift};
    osc_requantize_s16(&f, in.sums, ROWS, -20000, s16);
    osc_requantize_s8(&f, in.sums, ROWS, 7, -100, s8);
    for (int i = 0; i < ROWS; i++) {
        s32[i] = in.sums[i];
    }
    osc_requantize_s32(&f, s32, ROWS, 1 << 24);
    audio_write((const int16_t *)s32, 2 * ROWS);
    audio_write(s16, ROWS + 1);
    audio_write((const int16_t *)s8, (ROWS + 1) / 2);
    audio_stop();
    return 0;
}
"""


@pytest.mark.parametrize(
    ("cell", "scheme", "hidden"),
    slow_but({("gru", "w8a16", 13)}, product(("gru", "lstm"), ("w8a16", "int8"), (16, 13))),
)
def test_a_cortex_m55_gives_the_samples_of_the_host(cell, scheme, hidden):
    found = emulate(small(cell, scheme, hidden=hidden), M55, SAMPLES, "qemu")
    assert found.largest_difference == 0
    assert np.abs(found.output[48:].astype(int)).max() > 100
    assert "shows no memory" in str(list(found.shown("tiny", M55)))


def rescaled(sums, multiplier, shift, limit):
    product = sums.astype(object) * multiplier.astype(object)
    return np.array(
        [min(max(((p >> (int(s) - 1)) + 1) >> 1, -limit), limit) for p, s in zip(product, shift, strict=True)]
    )


@pytest.mark.parametrize("least_shift", [33, 28])
def test_requantization_has_one_rounding_for_factors_of_all_sizes(tmp_path, least_shift):
    """Factors of a half and more need the whole product."""
    folder = tmp_path / "c"
    graph = small("gru", "int8")
    emit(graph, plan_chip(graph, M55), M55, folder)
    (folder / "main.c").write_text(HARNESS)
    for kind in ("s8", "s16", "s32"):
        name = f"osc_requantize_{kind}.c"
        (folder / name).write_text((SET.folder / name).read_text())
    random = np.random.default_rng(least_shift)
    sums, bias = random.integers(-(1 << 24), 1 << 24, (2, ROWS), np.int32)
    multiplier = random.integers(1 << 30, (1 << 31) - 1, ROWS, np.int32)
    shift = random.integers(least_shift, 55, ROWS + 1).astype(np.uint8)
    shift[:2], sums[0], bias[0], multiplier[0] = (33, 45), 1, 0, 1 << 30
    given = b"".join(array.tobytes() for array in (sums, bias, multiplier, shift))
    found = run_qemu(build_elf(folder), M55, given)
    s32, s16 = np.frombuffer(found, np.int32, ROWS), np.frombuffer(found, np.int16, ROWS, 4 * ROWS)
    s8 = np.frombuffer(found, np.int8, ROWS, 4 * ROWS + 2 * (ROWS + 1))
    values = (sums + bias, multiplier, shift[:ROWS])
    np.testing.assert_array_equal(s32, rescaled(*values, 1 << 24))
    np.testing.assert_array_equal(s16, rescaled(*values, 32768).clip(-20000, 32767))
    np.testing.assert_array_equal(s8, (rescaled(*values, 255) + 7).clip(-100, 127))
    assert len(set(s16)) > 5 and len(set(s8)) > 5


def test_an_emulator_without_the_core_is_said(tmp_path):
    graph = small()
    emit(graph, plan_chip(graph, M55), M55, tmp_path / "c")
    with pytest.raises(OssicleError, match="unicorn has no cortex-m55; take --on qemu"):
        Machine(build_elf(tmp_path / "c"), M55)


@pytest.mark.slow
def test_a_gru_takes_four_tenths_of_the_instructions_of_a_cortex_m33(tmp_path):
    graph = api.quantize(api.load("gru128"), "w8a16").graph
    emit(graph, plan_chip(graph, M55), M55, tmp_path / "c")
    elf, samples = build_elf(tmp_path / "c"), synthetic_voice(16000, 0.1)
    few, more = (count_qemu(elf, M55, samples[: n * graph.task.hop].tobytes()) for n in (2, 4))
    assert (more - few) / 2 <= 0.40 * published("chips")["gru128 w8a16 nrf5340"]["instructions"]
