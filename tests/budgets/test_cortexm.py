"""What models may take on a Cortex-M, and that they compute there what they should; a figure may shrink."""

from pathlib import Path

import emulator  # noqa: F401  (skips where the emulator is missing)
import numpy as np
import pytest
from networks import voice

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.audio.pcm import to_pcm16
from ossicle.graph import Spotting
from ossicle.measure.emulated import emulate
from ossicle.run.verification import verify
from ossicle.run.watch import WatchedMachine
from ossicle.targets import load_target
from ossicle.zoo import zoo_names

NOISY = Path(__file__).parents[2] / "examples" / "noisy.flac"
INPUTS = 1000
BUDGETS = {
    ("gru128", "w8a16", "stm32f767"): (535_000, 2.6, 361_600, 10_560),
    ("gru128", "mixed", "stm32f767"): (995_000, 6.1, 492_300, 10_900),
    ("lstm256", "w8a16", "stm32h743"): (1_665_000, 4.2, 1_304_000, 18_500),
    ("cnn", "w8a16", "stm32f767"): (725_000, 3.0, 151_200, 17_300),
    ("cnn", "int8", "stm32f767"): (760_000, 3.3, 151_900, 16_300),
    ("dscnn", "w8a16", "stm32f767"): (5_500_000, 19.9, 58_600, 45_000),
}
"""Instructions and estimated milliseconds a hop, bytes of flash and of RAM."""


@pytest.mark.slow
@pytest.mark.parametrize(("case", "budget"), BUDGETS.items())
def test_models_stay_within_their_budgets(case, budget):
    name, scheme, chip = case
    samples = to_pcm16(read_audio(NOISY).samples[:16000, 0])
    graph = api.quantize(api.load(name), scheme).graph
    result = emulate(graph, load_target(chip), samples)
    assert result.largest_difference <= 1 and result.differing_nodes == ()
    found = sum(layer.instructions for layer in result.layers), sum(layer.ms for layer in result.layers)
    assert all(np.array([*found, result.flash_bytes, result.ram_bytes]) <= budget), (
        found,
        result.flash_bytes,
    )
    assert result.stack_bytes <= 340


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["w8a16", "int8", "w4a16", "w16a16"])
@pytest.mark.parametrize("name", zoo_names())
def test_a_thousand_inputs_on_a_cortex_m7_are_the_simulations(tmp_path, name, scheme):
    graph = api.quantize(api.load(name), scheme).graph
    chip = "stm32f767" if isinstance(graph.task, Spotting) or "128" in name else "mps2-an500"
    watched = WatchedMachine(graph, load_target(chip), tmp_path / "c")
    sounds = [voice(50_000, seed) for seed in range(INPUTS * graph.task.hop // 50_000 + 1)]
    samples = to_pcm16(np.concatenate(sounds)[: INPUTS * graph.task.hop])
    verification = verify(watched, samples)
    assert verification.exact and not verification.differing_nodes
