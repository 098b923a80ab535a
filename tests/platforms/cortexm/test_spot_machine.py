"""Spotters on emulated chips: words, posteriors and integers as on the host and in the simulation."""

import numpy as np
import pytest
from emulator import built
from networks import small_spotter, voice
from tools import need

from ossicle.audio.pcm import to_pcm16
from ossicle.platforms.cortexm.machine import Machine
from ossicle.platforms.cortexm.run import emulate
from ossicle.quantization import quantize
from ossicle.targets import load_target

SOUND = to_pcm16(3 * voice(32 * 80, seed=4))


def small(scheme):
    model = small_spotter()
    return quantize(model.graph, scheme, model.calibration)


@pytest.mark.parametrize(
    ("scheme", "target"), [("fp32", "stm32f767"), ("w8a16", "nrf5340"), ("int8", "stm32f767")]
)
def test_a_chip_hears_what_the_host_hears(scheme, target):
    found = emulate(small(scheme), load_target(target), SOUND)
    assert found.largest_difference == 0 and found.differing_nodes == ()
    assert len(found.output) == 80 and (found.output["word"] >= 0).sum() > 3
    assert {"front_end", "conv", "share", "back_end"} <= {layer.layer for layer in found.layers}
    assert found.stack_bytes > 0


def test_the_threshold_of_a_running_chip_can_be_set(tmp_path):
    graph = small("w8a16")
    machine = Machine(built(tmp_path / "c", graph), load_target("stm32f767"))
    state = machine.address("tiny_spotter_state")
    samples, posteriors = machine.free, machine.free + 64
    words = {}
    for threshold in (0.2, 1.0):
        machine.call("tiny_spotter_reset", state)
        machine.call("tiny_spotter_set_threshold", state, threshold)
        words[threshold] = 0
        for hop in SOUND.reshape(-1, 32):
            machine.write(samples, hop.astype("<i2").tobytes())
            words[threshold] += machine.call("tiny_spotter_push", state, samples, posteriors) < 2**31
    assert words[0.2] > 5 and words[1.0] == 0


def test_qemu_hears_the_same():
    need("qemu")
    board = load_target("mps2-an500")
    second, first = emulate(small("w8a16"), board, SOUND, on="qemu"), emulate(small("w8a16"), board, SOUND)
    np.testing.assert_array_equal(second.output, first.output)
    assert second.largest_difference == 0
