"""The level of sound, and the gain that brings it where networks know it."""

import numpy as np
import pytest

from ossicle.audio.level import LevelMeter, usual_gain


def meter_of(*blocks, rate=16000):
    meter = LevelMeter(rate, blocks[0].shape[1])
    for block in blocks:
        meter.push(block.astype(np.float32))
    return meter.levels_dbfs()


def noise(seconds, dbfs, rate=16000):
    return np.random.default_rng(0).normal(0, 10 ** (dbfs / 20), (round(rate * seconds), 1))


def test_pauses_do_not_count():
    level = meter_of(noise(2, -30), noise(6, -90))
    assert level == pytest.approx(-30, abs=0.1)


def test_channels_have_levels_of_their_own():
    found = meter_of(np.concatenate([noise(1, -20), noise(1, -60), 0 * noise(1, 0)], axis=1))
    np.testing.assert_allclose(found[:2], [-20, -60], atol=0.1)
    assert found[2] == -np.inf


@pytest.mark.parametrize("cuts", [[1], [799, 800, 801], [15_999], [5000, 5000]])
def test_blocks_of_any_size_give_the_same_level(cuts):
    sound = noise(1.03, -30)
    np.testing.assert_array_equal(meter_of(*np.split(sound, cuts)), meter_of(sound))


@pytest.mark.parametrize("level", [-40, -26, -10, -130, -np.inf])
def test_what_networks_know_and_silence_stay(level):
    assert usual_gain(level) == 1


@pytest.mark.parametrize("level", [-90, -51.3, -40.1, -9.9, 20])
def test_other_sound_comes_near_the_usual_level_by_a_power_of_two(level):
    gain = usual_gain(level)
    assert abs(level + 20 * np.log10(gain) - -26) <= 3.02
    assert np.log2(gain) % 1 == 0
