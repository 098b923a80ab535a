"""A suppressor between two devices: the samples of files, as many out as in."""

import numpy as np
import pytest
from networks import noise, small_model

from ossicle import api
from ossicle.audio.files import Audio
from ossicle.audio.stft import StftConfig
from ossicle.tasks.suppression.enhance import enhance
from ossicle.tasks.suppression.live import LiveSuppressor


@pytest.fixture(scope="module")
def program():
    return api.compile(api.quantize(small_model("gru", stft=StftConfig()), "w8a16"))


def flow(live, signal, block):
    """What comes out before and after, of whole blocks."""
    pushed = [live.push(part) for part in signal.reshape(-1, block)]
    assert all(len(before) == len(after) == block for before, after in pushed)
    return (np.concatenate(parts) for parts in zip(*pushed, strict=True))


@pytest.mark.parametrize(
    ("rate", "block"), [(16000, 200), (16000, 137), (44100, 551), (48000, 600), (8000, 100)]
)
def test_samples_are_those_of_a_file_and_both_sides_are_aligned(program, rate, block):
    signal = noise(60 * block)
    live = LiveSuppressor(program, rate, block)
    delay = live.delay
    before, after = flow(live, signal, block)
    assert live.delay == delay
    np.testing.assert_array_equal(
        before, np.concatenate([np.zeros(delay, np.float32), signal])[: len(signal)]
    )
    expected = enhance(Audio(signal[:, None], rate), program).samples[:, 0]
    # At its end, a file is followed by silence.
    np.testing.assert_array_equal(after[delay:], expected[: len(signal) - delay])
    assert not after[:delay].any()


def test_at_the_rate_of_the_model_the_delay_is_that_of_the_network(program):
    assert LiveSuppressor(program, 16000, 2 * program.hop).delay == program.latency
    # One sample more would wait for the next block.
    assert (
        program.latency
        < LiveSuppressor(program, 16000, program.hop + 1).delay
        < program.latency + program.hop
    )


def test_the_gain_is_taken_back(program):
    signal = noise(4000)
    loud, usual = (LiveSuppressor(program, 16000, 200, gain) for gain in (20 * np.log10(2), 0.0))
    (_, after), (_, expected) = flow(loud, signal, 200), flow(usual, 2 * signal, 200)
    np.testing.assert_array_equal(after, expected / 2)


def test_with_a_limit_of_attenuation_a_part_of_the_input_stays(program):
    signal = noise(4000)
    live = LiveSuppressor(program, 16000, 200)
    (_, cleaned) = flow(live, signal, 200)
    live = LiveSuppressor(program, 16000, 200, attenuation_db=20.0)
    (before, after) = flow(live, signal, 200)
    np.testing.assert_allclose(after, 0.9 * cleaned + 0.1 * before, atol=1e-6)
    live.attenuation_db = 0.0
    (before, after) = flow(live, signal, 200)
    np.testing.assert_array_equal(after, before)


def test_a_block_that_comes_late_lengthens_the_delay_of_both_sides(program):
    live = LiveSuppressor(program, 16000, 200)
    delay = live.delay
    pieces = [live.push(part) for part in np.split(noise(2000), [200, 250, 450, 1050])]
    before, after = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    assert len(before) == len(after) == 2000
    assert live.delay >= delay
