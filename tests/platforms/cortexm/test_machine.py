"""The emulated Cortex-M: whole programs, single functions, exact counts."""

import struct
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from emulator import built, machine, small
from networks import noise
from tools import need, slow_but

import ossicle
from ossicle.audio.features import COMPRESSED
from ossicle.cost.thumb2_decoder import Decoder
from ossicle.errors import OssicleError
from ossicle.platforms.cortexm import build as cortexm
from ossicle.platforms.cortexm.build import build_elf, build_kernels
from ossicle.platforms.cortexm.machine import Machine
from ossicle.platforms.cortexm.qemu import PROGRAM, check_qemu, count_qemu, run_qemu
from ossicle.platforms.cortexm.run import emulate
from ossicle.platforms.cortexm.trace import TracedMachine
from ossicle.platforms.platform import emit
from ossicle.programs import cross
from ossicle.programs.interface import layer_functions
from ossicle.schedule import plan
from ossicle.targets import load_target, target_names
from ossicle.verify.node_check import verify

PORTABLE = Path(ossicle.__file__).parent / "kernels" / "portable"
QEMU_BOARDS = [
    target.name
    for target in map(load_target, target_names())
    if target.platform == "cortexm" and target.chip.qemu_machine
]
SAMPLES = (noise(1600) * 32768).astype(np.int16)
PROBES = """
#include <stdint.h>
int32_t six(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f);
int32_t six(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f)
{ return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f; }
int32_t root(float *x);
int32_t root(float *x) { *x = __builtin_sqrtf(*x); return (int32_t)*x; }
int32_t lost(void);
int32_t lost(void) { return *(volatile int32_t *)0x70000000; }
int32_t table(int32_t i);
int32_t table(int32_t i) { static int32_t kept[2] = {7, 8}; return kept[i]++; }
int32_t blend(int32_t a, float x, int32_t b, float y);
int32_t blend(int32_t a, float x, int32_t b, float y) { return (int32_t)((float)a * x + (float)b * y); }
void forever(void);
void forever(void) { for (;;) { __asm__ volatile("nop"); } }
__attribute__((naked)) void spin(int32_t n);
__attribute__((naked)) void spin(int32_t n)
{ __asm__("1: subs r0, #1\\n nop\\n bne 1b\\n bx lr"); }
"""


@pytest.fixture(params=["stm32f767", "rp2350", "mps2-an500"])
def probes(request):
    chip = load_target(request.param)
    return Machine(build_kernels([], chip, {"probes.c": PROBES}), chip)


@pytest.mark.parametrize(
    ("cell", "scheme", "target"),
    slow_but(
        {("gru", "w8a16", "stm32f767"), ("lstm", "int8", "nrf5340"), ("lstm", "mixed", "stm32f767")},
        [
            (*network, target)
            for network in product(("gru", "lstm"), ("w8a16", "int8", "mixed", "fp32"))
            for target in ("stm32f767", "nrf5340")
        ],
    ),
)
def test_a_chip_gives_the_samples_of_the_host_and_the_integers_of_the_simulation(cell, scheme, target):
    result = emulate(small(cell, scheme), load_target(target), SAMPLES)
    assert len(result.output) == len(SAMPLES)
    assert np.abs(result.output[48:].astype(int)).max() > 100
    # Floats may be rounded differently by another compiler; one step of 16 bits is all that can come of it.
    assert result.largest_difference <= 1
    assert result.verification.passed
    assert 0 < result.stack_bytes < load_target(target).chip.stack_bytes
    assert result.ram_bytes < 10_000 < result.flash_bytes < 100_000


def test_levelled_features_are_those_of_the_host():
    graph = small("gru", "w8a16", features=COMPRESSED)
    result = emulate(graph, load_target("stm32f767"), SAMPLES)
    assert result.largest_difference <= 1 and result.verification.passed
    assert np.abs(result.output[48:].astype(int)).max() > 100


def test_a_wrong_weight_is_found_by_the_comparison_with_the_simulation(tmp_path):
    traced = TracedMachine(small(), load_target("stm32f767"), tmp_path / "c")
    assert verify(traced, SAMPLES[:160]).passed
    place = traced._machine.address("tiny_gru_rnn1_weight_hh")
    traced._machine.write(place, bytes([traced._machine.read(place, 1)[0] ^ 0x40]))
    assert verify(traced, SAMPLES[:800]).differing_nodes == ("rnn1",)


@pytest.mark.parametrize("target", ["stm32f746", "stm32h743", "rp2350"])
def test_weights_lie_in_flash_and_the_state_in_ram(tmp_path, target):
    program = machine(tmp_path / "c", small(), target)

    def memory_of(symbol):
        address = program.address(symbol)
        return next(m.holds for m in program.chip.memories if m.origin <= address < m.origin + m.bytes)

    for table in (
        "tiny_gru_fc_in_weight",
        "tiny_gru_rnn0_bias_hh",
        "tiny_gru_osc_tanh_table",
        "analysis",
        "vectors",
    ):
        assert memory_of(table) == "code", table
    for variable in ("tiny_gru_state", "hop", "_stack_bottom"):
        assert memory_of(variable) == "state", variable
    assert program.elf.section_bytes[".data"] == 0


def test_start_up_code_copies_weights_to_sram(tmp_path):
    program = machine(tmp_path / "c", small(), "rp2350-sram")
    place = program.address("tiny_gru_fc_in_weight")
    weights = program.chip.memory("weights")
    assert weights.origin <= place < weights.origin + weights.bytes
    assert program.address("vectors") == program.chip.memory("code").origin
    stored = program.read(weights.origin, 4096)
    program.write(weights.origin, bytes(4096))
    output = program.run(SAMPLES[:160].tobytes())
    assert program.read(weights.origin, 4096) == stored
    assert output == machine(tmp_path / "flash", small(), "rp2350").run(SAMPLES[:160].tobytes())


def test_arguments_reach_a_function_in_registers_and_on_the_stack(probes):
    assert probes.call("six", 1, 2, 3, 4, 5, 6) == 654321
    assert probes.call("six", -1, 0, 0, 0, 0, 0) == 0xFFFFFFFF


def test_float_arguments_go_to_the_fpu(probes):
    assert probes.call("blend", 100, 0.5, 10, 2.5) == 75


def test_a_function_that_never_returns_is_stopped(probes):
    probes.time_limit_s = 1
    with pytest.raises(OssicleError, match="forever did not return within 1 s"):
        probes.call("forever")
    assert probes.call("blend", 2, 1.0, 0, 0.0) == 2


def test_floats_need_no_start_up_code(probes):
    probes.write(probes.free, struct.pack("<f", 1024.5**2))
    assert probes.call("root", probes.free) == 1024
    assert struct.unpack("<f", probes.read(probes.free, 4)) == (1024.5,)


def test_variables_have_their_initial_values_and_keep_new_ones(probes):
    assert [probes.call("table", i) for i in (0, 1, 1)] == [7, 8, 9]


def test_a_function_that_goes_astray_is_named(probes):
    with pytest.raises(OssicleError, match="in lost"):
        probes.call("lost")
    with pytest.raises(OssicleError, match="no symbol 'absent'"):
        probes.call("absent")
    assert probes.call("six", 1, 0, 0, 0, 0, 0) == 1


def test_a_kernel_alone_gives_its_integers():
    target = load_target("stm32f767")
    kernel = Machine(
        build_kernels([PORTABLE / "osc_convert_s16_s8.c", PORTABLE / "osc_tanh_table.c"], target), target
    )
    kernel.write(kernel.free, struct.pack("<4h", 1, -5, 40, 3000))
    kernel.call("osc_convert_s16_s8", kernel.free, kernel.free + 64, 4, 1 << 14, 15, 3)
    assert struct.unpack("4b", kernel.read(kernel.free + 64, 4)) == (4, 1, 23, 127)


def test_blocks_are_counted_exactly(probes):
    profile = probes.profile({"other": [], "spin": ["spin"]})
    probes.call("spin", 1000)
    loop, end = profile.blocks("spin")
    assert (loop.count, loop.taken, loop.bytes) == (1000, 999, 6)
    assert (end.count, end.bytes) == (1, 2)
    profile.clear()
    probes.call("spin", 3)
    assert profile.blocks("spin")[0].count == 3


def test_kernels_count_for_the_layer_that_calls_them(tmp_path):
    graph = small()
    program = machine(tmp_path / "c", graph)
    profile = program.profile(layer_functions(graph))
    program.run(SAMPLES.tobytes())
    kernel = program.address("tiny_gru_osc_matvec_w8a16")
    calls = {
        layer: sum(block.count for block in profile.blocks(layer) if block.address == kernel)
        for layer in profile.layers
    }
    frames = len(SAMPLES) // graph.task.hop
    assert {layer: count // frames for layer, count in calls.items() if count} == {
        "fc_in": 1, "rnn0": 2, "rnn1": 2, "fc_mid": 1, "fc_out": 1
    }  # fmt: skip


def test_a_program_starts_over_from_reset(tmp_path):
    program = machine(tmp_path / "c", small())
    first = program.run(SAMPLES.tobytes())
    assert program.run(SAMPLES.tobytes()) == first
    assert len(program.run(SAMPLES[:21].tobytes())) == 42
    assert program.run(b"") == b""


def test_a_second_build_compiles_nothing(tmp_path, monkeypatch):
    path = built(tmp_path / "c", small())
    monkeypatch.setattr(cross, "compile_file", None)
    assert build_elf(tmp_path / "c") == path


def test_folders_for_other_machines_are_refused(tmp_path):
    graph = small()
    emit(graph, plan(graph), load_target("host"), tmp_path / "host")
    with pytest.raises(OssicleError, match="for the target host, not for a Cortex-M chip"):
        build_elf(tmp_path / "host")
    with pytest.raises(OssicleError, match="is not an emitted C folder"):
        build_elf(tmp_path)
    with pytest.raises(OssicleError, match="QEMU has no board for rp2350"):
        check_qemu(load_target("rp2350"))


def test_a_missing_emulator_is_said(tmp_path, monkeypatch):
    path = built(tmp_path / "c", small())
    monkeypatch.setattr(cortexm, "EMULATOR", ("unicorn", "no_such_package"))
    with pytest.raises(OssicleError, match=r"needs no_such_package; pip install 'ossicle\[emulator\]'"):
        Machine(path, load_target("stm32f767"))


def test_a_missing_qemu_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OssicleError, match=f"{PROGRAM} is not installed"):
        check_qemu(load_target("mps2-an500"))


@pytest.mark.parametrize("target", QEMU_BOARDS)
def test_qemu_needs_no_unicorn(monkeypatch, target):
    need("qemu")
    for package in ("unicorn", "capstone"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(OssicleError, match="an emulated target needs unicorn, capstone; pip install"):
        emulate(small(), load_target("stm32f767"), SAMPLES)
    result = emulate(small(), load_target(target), SAMPLES, on="qemu")
    assert result.largest_difference == 0 and result.flash_bytes > 10_000
    assert not result.layers and result.verification.passed is None


@pytest.mark.parametrize("cell, scheme", [("gru", "w8a16"), ("lstm", "mixed")])
def test_qemu_gives_the_same_samples(tmp_path, cell, scheme):
    target = load_target("mps2-an500")
    need("qemu")
    path = built(tmp_path / "c", small(cell, scheme), target.name)
    samples = SAMPLES[:1000].tobytes()
    assert run_qemu(path, target, samples) == Machine(path, target).run(samples)


def test_qemu_counts_the_same_instructions(tmp_path):
    graph, target = small(), load_target("mps2-an500")
    need("qemu")
    path = built(tmp_path / "c", graph, target.name)
    program = Machine(path, target)
    profile = program.profile({"all": []})
    program.run(SAMPLES[:64].tobytes())
    decoder, elf, counted = Decoder(), program.elf, 0
    for block in profile.blocks("all"):
        code = elf.text[block.address - elf.text_address :][: block.bytes]
        counted += block.count * len(decoder.decode(code, block.address))
    assert counted > 100_000
    assert count_qemu(path, target, SAMPLES[:64].tobytes()) == counted
