"""What models take on a Cortex-M is what is published, and they compute there what they should."""

from pathlib import Path

import emulator  # noqa: F401  (skips where the emulator is missing)
import numpy as np
import pytest
from networks import voice
from published import NEAR, published
from tools import need

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.audio.pcm import to_pcm16
from ossicle.platforms.cortexm.run import emulate
from ossicle.platforms.cortexm.trace import TracedMachine
from ossicle.targets import load_target
from ossicle.tasks.spotting.record import Spotting
from ossicle.verify.node_check import verify
from ossicle.zoo import zoo_names

NOISY = Path(__file__).parents[2] / "examples" / "noisy.flac"
INPUTS = 1000
CASES = (
    "gru128 w8a16 stm32f767",
    "gru128 mixed stm32f767",
    "lstm256 w8a16 stm32h743",
    "cnn w8a16 stm32f767",
    "cnn int8 stm32f767",
    "dscnn w8a16 stm32f767",
)
MOST_STACK_BYTES = 416


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_models_take_on_a_recording_what_is_published_of_a_synthetic_voice(case):
    name, scheme, chip = case.split()
    samples = to_pcm16(read_audio(NOISY).samples[:16000, 0])
    result = emulate(api.quantize(api.load(name), scheme).graph, load_target(chip), samples)
    assert result.largest_difference <= 1 and result.differing_nodes == ()
    found = {
        "instructions": sum(layer.instructions for layer in result.layers),
        "ms": sum(layer.ms for layer in result.layers),
        "flash_bytes": result.flash_bytes,
        "ram_bytes": result.ram_bytes,
    }
    of = published("chips")[case]
    assert found == pytest.approx({key: of[key] for key in found}, rel=NEAR)
    assert result.stack_bytes <= MOST_STACK_BYTES


GCC_CASES = ("gru128 mixed stm32f767", "cnn w8a16 stm32f767", "dscnn int8 stm32f767", "dscnn w8a16 stm32f767")
NEAR_ZIG = 0.05
DSCNN_CYCLES = {"int8": 3.35e6, "w8a16": 3.2e6}
"""The most of the network alone, by either compiler."""


@pytest.mark.slow
@pytest.mark.parametrize("case", GCC_CASES)
def test_gcc_and_zig_build_programs_of_the_same_speed_and_bits(case):
    need("gcc")
    name, scheme, chip = case.split()
    graph, samples = api.quantize(api.load(name), scheme).graph, to_pcm16(voice(8000, 1))
    zig, gcc = (emulate(graph, load_target(chip), samples, compiler=of) for of in ("zig", "gcc"))
    assert gcc.total["cycles"] == pytest.approx(zig.total["cycles"], rel=NEAR_ZIG)
    np.testing.assert_array_equal(gcc.output, zig.output)
    assert gcc.differing_nodes == zig.differing_nodes == ()
    if name == "dscnn":
        around = ("samples", "front_end", "back_end")
        cycles = [sum(of.cycles for of in run.layers if of.layer not in around) for run in (zig, gcc)]
        assert max(cycles) <= DSCNN_CYCLES[scheme]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["w8a16", "int8", "w4a16", "w16a16"])
@pytest.mark.parametrize("name", zoo_names())
def test_a_thousand_inputs_on_a_cortex_m7_are_the_simulations(tmp_path, name, scheme):
    graph = api.quantize(api.load(name), scheme).graph
    chip = "stm32f767" if isinstance(graph.task, Spotting) or "128" in name else "mps2-an500"
    traced = TracedMachine(graph, load_target(chip), tmp_path / "c")
    sounds = [voice(50_000, seed) for seed in range(INPUTS * graph.task.hop // 50_000 + 1)]
    samples = to_pcm16(np.concatenate(sounds)[: INPUTS * graph.task.hop])
    verification = verify(traced, samples)
    assert verification.exact and not verification.differing_nodes
