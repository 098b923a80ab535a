"""What gru128 may take on a Cortex-M7; a figure here may shrink, not grow."""

from pathlib import Path

import emulator  # noqa: F401  (skips where the emulator is missing)
import numpy as np
import pytest

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.measure.emulated import emulate
from ossicle.quantize import quantize
from ossicle.targets import load_target

NOISY = Path(__file__).parents[2] / "examples" / "noisy.flac"


@pytest.mark.slow
def test_gru128_on_an_stm32f767_stays_within_its_budget():
    model = api.load("gru128")
    samples = (read_audio(NOISY).samples[:32000, 0] * 32768).astype(np.int16)
    graph = quantize(model.graph, "w8a16", model.calibration)
    result = emulate(graph, load_target("stm32f767"), samples)
    assert result.largest_difference <= 1 and result.differing_nodes == ()
    assert sum(layer.instructions for layer in result.layers) < 530_000
    assert sum(layer.cycles for layer in result.layers) < 551_000
    assert result.flash_bytes <= 361_200 and result.ram_bytes <= 10_560 and result.stack_bytes <= 256
