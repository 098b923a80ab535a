"""Mixtures: the ratio and the level that were asked for, of the right speakers, from the seed alone."""

from dataclasses import replace

import numpy as np
import pytest
from corpus import RATE, noises, voice
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ossicle.data.augment import NO_CHANGE
from ossicle.data.mixing import (
    FULL_SCALE,
    MixConfig,
    Sources,
    active_rms,
    babble,
    coloured_noise,
    draw_mixture,
    machine_noise,
    mix,
    pause,
    recorded_noise,
    rms,
    talk,
)

PEAK = 10 ** (-0.1 / 20)
RECORDED = MixConfig(seconds=0.5, babble=0.0, coloured=0.0, second_noise=0.0, clean=0.0, augment=NO_CHANGE)


def db(ratio):
    return 20 * np.log10(ratio)


def loud_frames_rms(signal):
    """What :func:`active_rms` should be, frame by frame: 320 samples, none more than 40 dB under the top."""
    frames = [np.mean(np.square(signal[i : i + 320], dtype=float)) for i in range(0, len(signal) - 319, 320)]
    return np.sqrt(np.mean([power for power in frames if power >= max(frames) / 1e4]))


def integers(signal):
    return np.rint(signal * 32767).astype(np.int16)


@pytest.fixture(scope="module")
def sources():
    rng = np.random.default_rng(1)
    return Sources(
        {f"s{n}": [integers(voice(rng, 90 + 40 * n, 1 + i)) for i in range(2)] for n in range(4)},
        [integers(noise) for noise in noises(rng).values()],
    )


@settings(deadline=None, max_examples=60)
@given(st.floats(-10, 40), st.floats(-60, -10), st.floats(-3, 1), st.floats(-3, 1), st.integers(0, 99))
def test_ratio_and_level_are_those_asked_for(snr_db, level_dbfs, speech_gain, noise_gain, seed):
    rng = np.random.default_rng(seed)
    speech, noise = voice(rng, 150, 0.8) * 10**speech_gain, rng.standard_normal(12800) * 10**noise_gain
    noisy, clean = mix(speech, noise, snr_db, level_dbfs, RATE)
    added = noisy.astype(np.float64) - clean
    assert db(loud_frames_rms(clean) / rms(added)) == pytest.approx(snr_db, abs=0.01)
    peak = max(np.abs(noisy).max(), np.abs(clean).max())
    assert peak <= PEAK * (1 + 1e-6)
    if peak < PEAK * (1 - 1e-6):
        assert db(rms(noisy)) == pytest.approx(level_dbfs, abs=0.001)
    else:
        assert db(rms(noisy)) < level_dbfs + 0.001
    assert noisy.dtype == clean.dtype == np.float32


@settings(deadline=None, max_examples=40)
@given(st.floats(-10, 20), st.floats(-20, 0), st.integers(0, 99))
def test_neither_signal_clips_even_where_the_noise_cancels_the_speech(snr_db, level_dbfs, seed):
    rng = np.random.default_rng(seed)
    speech = rng.standard_normal(2000)
    noisy, clean = mix(speech, -speech + 0.01 * rng.standard_normal(2000), snr_db, level_dbfs, RATE)
    assert np.abs(noisy).max() <= PEAK * (1 + 1e-6)
    assert np.abs(clean).max() <= PEAK * (1 + 1e-6)


def test_noisy_and_clean_have_one_gain():
    rng = np.random.default_rng(0)
    speech, noise = voice(rng, 120, 1), rng.standard_normal(RATE)
    noisy, clean = mix(speech, noise, 5, -30, RATE)
    gain = np.dot(clean, speech) / np.dot(speech, speech)
    np.testing.assert_allclose(clean, speech * gain, atol=1e-7)
    added = noisy - clean
    np.testing.assert_allclose(added, noise * (np.dot(added, noise) / np.dot(noise, noise)), atol=1e-6)


def test_silent_speech_or_noise_is_mixed_without_a_ratio():
    rng = np.random.default_rng(0)
    tone, silence = voice(rng, 120, 0.5), np.zeros(8000)
    for speech, noise in ((tone, silence), (silence, tone), (silence, silence), (tone[:0], tone[:0])):
        noisy, clean = mix(speech, noise, 5, -30, RATE)
        assert np.isfinite(noisy).all()
        np.testing.assert_array_equal(clean == 0, speech == 0)
        if noisy.any():
            assert db(rms(noisy)) == pytest.approx(-30, abs=0.001)
    noisy, clean = mix(tone, silence, 5, -30, RATE)
    np.testing.assert_array_equal(noisy, clean)


def test_pauses_do_not_count_as_speech():
    rng = np.random.default_rng(0)
    tone = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)
    pause = 1e-4 * rng.standard_normal(3 * RATE)
    assert active_rms(np.concatenate([pause, tone, pause]), RATE) == pytest.approx(np.sqrt(0.5), rel=1e-3)
    assert active_rms(voice(rng, 120, 1), RATE) > 1.1 * rms(voice(rng, 120, 1))


@settings(deadline=None)
@given(st.integers(0, 319))
def test_speech_shorter_than_a_frame_counts_whole(samples):
    speech = np.random.default_rng(samples).standard_normal(samples)
    assert active_rms(speech, RATE) == pytest.approx(np.sqrt(np.mean(speech**2)) if samples else 0)


def test_silence_has_no_active_level():
    assert active_rms(np.zeros(5000), RATE) == 0
    assert rms(np.zeros(0)) == 0


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 100), st.integers(0, 999))
def test_noise_shorter_than_the_speech_starts_over(length, samples, seed):
    noise = np.arange(1, length + 1, dtype=np.int16)
    result = recorded_noise(np.random.default_rng(seed), [noise], samples) * FULL_SCALE
    assert len(result) == samples
    following = np.where(result[:-1] == length, 1, result[:-1] + 1)
    np.testing.assert_array_equal(result[1:], following)
    assert np.isin(result, noise).all()


def test_every_noise_and_every_start_is_drawn():
    noise = [np.arange(4, dtype=np.int16), np.arange(10, 13, dtype=np.int16)]
    rng = np.random.default_rng(0)
    starts = {recorded_noise(rng, noise, 1)[0] * FULL_SCALE for _ in range(200)}
    assert starts == {0, 1, 2, 3, 10, 11, 12}


@given(st.integers(1, 30_000), st.integers(0, 999))
@settings(deadline=None, max_examples=40)
def test_talk_is_the_speakers_clips_with_pauses_of_at_most_half_a_second(samples, seed):
    clips = [np.full(300, 1, np.int16), np.full(700, 2, np.int16)]
    speech = talk(np.random.default_rng(seed), clips, samples) * FULL_SCALE
    assert len(speech) == samples
    edges = np.flatnonzero(np.diff(speech)) + 1
    for stretch in np.split(speech, edges)[:-1]:
        if stretch[0] == 0:
            assert len(stretch) < 8000
        else:
            assert len(stretch) % {1: 300, 2: 700}[int(stretch[0])] == 0
    assert speech[0] != 0


def test_talk_takes_a_random_stretch_of_a_long_clip():
    clip = np.arange(10_000, dtype=np.int16)
    rng = np.random.default_rng(0)
    stretches = [talk(rng, [clip], 100) * FULL_SCALE for _ in range(20)]
    assert all((np.diff(stretch) == 1).all() for stretch in stretches)
    assert len({stretch[0] for stretch in stretches}) > 15


@pytest.mark.parametrize("others", [1, 2, 5, 12])
def test_babble_is_of_other_speakers_only_within_6_db(others):
    time = np.arange(32_000) / RATE
    names = ["target", *(f"other{n}" for n in range(others))]
    # Each speaker is one line of the spectrum of 1600 samples.
    lines = 20 * np.arange(1, len(names) + 1)
    speech = {
        name: [integers((0.1 + 0.05 * line / 20) * np.sin(2 * np.pi * 10 * line * time))]
        for name, line in zip(names, lines, strict=True)
    }
    counts = set()
    for seed in range(40):
        noise = babble(np.random.default_rng(seed), Sources(speech, []), "target", 1600)
        spectrum = np.abs(np.fft.rfft(noise))[lines]
        heard = spectrum[spectrum > 0.1 * spectrum.max()]
        counts.add(len(heard))
        assert spectrum[0] < 1e-3 * spectrum.max()
        assert db(heard.max() / heard.min()) < 6.1
    assert counts == set(range(min(3, others), min(8, others) + 1))


def test_babble_without_other_speakers_is_silence(sources):
    alone = Sources({"s0": sources.speech["s0"]}, [])
    assert not babble(np.random.default_rng(0), alone, "s0", 1000).any()
    noisy, clean = draw_mixture(np.random.default_rng(0), alone, replace(RECORDED, babble=1.0), RATE)
    np.testing.assert_array_equal(noisy, clean)


def test_coloured_noise_has_many_colours():
    rng = np.random.default_rng(0)
    tilts = []
    for _ in range(100):
        spectrum = np.abs(np.fft.rfft(coloured_noise(rng, 4000))) ** 2
        tilts.append(10 * np.log10(spectrum[:200].mean() / spectrum[-200:].mean()))
    assert min(tilts) < -3
    assert max(tilts) > 20


def test_a_machine_has_tones_that_stand_out_of_its_rumble_or_drown_in_it():
    rng = np.random.default_rng(0)
    peaks = []
    for _ in range(60):
        spectrum = np.abs(np.fft.rfft(machine_noise(rng, RATE, RATE) * np.hanning(RATE)))[20:4000]
        peaks.append(db(spectrum.max() / np.median(spectrum)))
    assert min(peaks) < 25 and max(peaks) > 45
    assert np.isfinite(peaks).all()


@given(st.integers(1, 20_000), st.integers(0, 999))
@settings(deadline=None, max_examples=40)
def test_a_pause_is_one_silence_of_at_most_three_quarters(samples, seed):
    speech = np.ones(samples)
    broken = pause(np.random.default_rng(seed), speech, RATE)
    assert broken.shape == speech.shape and broken.min() >= 0 and broken.max() <= 1
    # Seen as a ring, what is spoken is one stretch, which swells and fades within 10 ms.
    full = np.flatnonzero(broken < 1)
    silent = np.sum(broken == 0)
    assert silent <= samples * 3 // 4 + 2
    assert len(full) <= silent + 2 * RATE // 100
    assert np.sum(np.diff(np.append(broken == 0, broken[0] == 0).astype(int)) == 1) <= 2


def test_labels_are_heard_by_the_roots_of_their_durations_and_clips_by_their_own():
    clips = [np.full(length, n, np.int16) for n, length in enumerate((900, 2700, 100, 300))]
    sources = Sources({}, clips, ("fan", "fan", "dog", "dog"))
    fractions = sources.label_fractions
    assert fractions.sum() == pytest.approx(1)
    assert (fractions[0] + fractions[1]) / (fractions[2] + fractions[3]) == pytest.approx(3)
    assert fractions[1] / fractions[0] == fractions[3] / fractions[2] == pytest.approx(3)
    rng = np.random.default_rng(0)
    drawn = [round(recorded_noise(rng, clips, 1, fractions)[0] * FULL_SCALE) for _ in range(2000)]
    np.testing.assert_allclose(np.bincount(drawn) / 2000, fractions, atol=0.04)


def test_noise_alone_and_pauses_come_as_often_as_asked(sources):
    alone, broken = 0, 0
    for seed in range(200):
        config = replace(RECORDED, alone=0.3, pauses=0.5)
        noisy, clean = draw_mixture(np.random.default_rng(seed), sources, config, RATE)
        assert noisy.any()
        alone += not clean.any()
        whole = draw_mixture(np.random.default_rng(seed), sources, RECORDED, RATE)[1]
        broken += clean.any() and np.sum(clean == 0) > np.sum(whole == 0) + 800
    # Three standard deviations of 200 draws; of pauses, some are too short to be seen.
    assert alone / 200 == pytest.approx(0.3, abs=0.1)
    assert 0.2 < broken / (200 - alone) < 0.65


def test_speech_without_noise_is_never_left_out(sources):
    config = replace(RECORDED, clean=1.0, alone=1.0)
    noisy, clean = draw_mixture(np.random.default_rng(0), sources, config, RATE)
    np.testing.assert_array_equal(noisy, clean)
    assert clean.any()


@pytest.mark.parametrize(
    "config",
    [
        RECORDED,
        replace(RECORDED, machine=1.0, pauses=1.0),
        replace(RECORDED, second_noise=1.0),
        replace(RECORDED, babble=1.0),
        replace(RECORDED, coloured=1.0),
        MixConfig(seconds=0.5),
    ],
)
def test_a_drawn_mixture_is_fixed_by_its_seed_and_within_the_ranges(sources, config):
    seen = set()
    for seed in range(12):
        noisy, clean = draw_mixture(np.random.default_rng(seed), sources, config, RATE)
        again = draw_mixture(np.random.default_rng(seed), sources, config, RATE)
        np.testing.assert_array_equal(again, [noisy, clean])
        assert noisy.shape == clean.shape == (8000,)
        assert noisy.dtype == clean.dtype == np.float32
        assert np.abs(noisy).max() <= 1
        assert db(rms(noisy)) < config.level_dbfs[1] + 0.001
        added = noisy.astype(np.float64) - clean
        if added.any():
            snr_db = db(loud_frames_rms(clean) / rms(added))
            assert config.snr_db[0] - 0.05 < snr_db < config.snr_db[1] + 0.05
        seen.add(noisy.tobytes())
    assert len(seen) == 12


def test_a_second_noise_is_mixed_in_where_asked(sources):
    one, two = Sources(sources.speech, [integers(np.full(9000, 0.1))]), replace(RECORDED, second_noise=1.0)
    two_kinds = Sources(sources.speech, [*one.noise, integers(0.1 * np.sin(np.arange(9000)))])
    mixtures = [draw_mixture(np.random.default_rng(seed), two_kinds, two, RATE) for seed in range(20)]
    both = 0
    for noisy, clean in mixtures:
        added = noisy.astype(np.float64) - clean
        both += abs(np.mean(added)) > 0.01 * rms(added) and np.std(added) > 0.01 * rms(added)
    assert 3 < both < 18
    noisy, clean = draw_mixture(np.random.default_rng(0), one, RECORDED, RATE)
    assert np.std(noisy.astype(np.float64) - clean) < 1e-6


@pytest.mark.parametrize("share", ["babble", "coloured", "machine", "clean"])
def test_the_shares_of_the_kinds_are_those_of_the_configuration(share):
    # The speech is of one line of the spectrum, the noise of another, and a second speaker of a third.
    time = np.arange(3200) / RATE
    lines = {"speech": 500, "other": 1500, "noise": 2500}
    tones = {name: integers(0.3 * np.sin(2 * np.pi * f * time)) for name, f in lines.items()}
    kinds = []
    for seed in range(400):
        target = ("speech", "other")[seed % 2]
        rng = np.random.default_rng(seed)
        sources = Sources({"a": [tones[target]], "b": [tones[target]]}, [tones["noise"]])
        noisy, clean = draw_mixture(rng, sources, replace(RECORDED, seconds=0.1, **{share: 0.4}), RATE)
        added = np.abs(np.fft.rfft(noisy.astype(np.float64) - clean))
        bins = np.array([50, 150, 250])
        if not added.max() > 1e-4:
            kinds.append("clean")
        elif (added**2)[bins].sum() < 0.5 * (added**2).sum():
            kinds.append("coloured" if share == "coloured" else "machine")
        else:
            kinds.append("recorded" if np.argmax(added[bins]) == 2 else "babble")
    assert set(kinds) == {share, "recorded"}
    # 400 draws of a chance of 0.4: three standard deviations are 0.074.
    assert kinds.count(share) / 400 == pytest.approx(0.4, abs=0.075)


@given(st.integers(0, 2**32), st.integers(0, 2**32))
@settings(deadline=None, max_examples=10)
def test_another_seed_is_another_mixture(sources, one, other):
    assume(one != other)
    mixtures = [
        draw_mixture(np.random.default_rng(seed), sources, RECORDED, RATE)[0] for seed in (one, other)
    ]
    assert not np.array_equal(*mixtures)
