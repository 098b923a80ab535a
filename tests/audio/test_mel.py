"""The mel features: librosa's figures, what a stream sees, and what a patch does to loudness."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from melsound import SAMPLES, bursts, tone_in_silence

from ossicle.audio.mel import STD_OFFSET_DB, log_mel, mfcc, patch, patches
from ossicle.audio.mel_tables import MelConfig, dct_matrix, mel_filters, sparse_filters
from ossicle.errors import OssicleError

LOG_MEL = MelConfig()
MFCC = MelConfig(window=640, hop=320, coefficients=10, frames=49)
CONFIGS = [LOG_MEL, MFCC, MelConfig(window=400, hop=160, n_fft=512, mels=24, low_hz=60, high_hz=7600)]


def golden(name):
    with np.load(Path(__file__).parent / "golden" / "mel.npz") as arrays:
        return arrays[name]


def expected_patch(decibels, features=None):
    """The patch of frames that librosa computed, written out once more."""
    raised = np.maximum(decibels, decibels.max() - 80)
    normal = (raised - raised.mean()) / (raised.std() + STD_OFFSET_DB)
    return (normal if features is None else normal @ features.T).T.reshape(-1)


def test_the_features_are_those_of_librosa():
    # The first frame of a stream still sees the zeros before its start; librosa begins with a whole window.
    assert np.abs(log_mel(bursts(), LOG_MEL)[1:] - golden("log_mel")).max() < 0.01
    assert np.abs(mfcc(bursts(), MFCC)[1:] - golden("mfcc")).max() < 0.01


@pytest.mark.slow
def test_the_golden_features_are_those_of_the_librosa_that_is_installed():
    librosa = pytest.importorskip("librosa")
    sizes = {"n_fft": 1024, "hop_length": 512, "center": False}
    mel = librosa.feature.melspectrogram(y=bursts(), sr=16000, n_mels=40, **sizes)
    np.testing.assert_allclose(librosa.power_to_db(mel, top_db=None).T, golden("log_mel"), atol=1e-3)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_filters_are_those_of_librosa(config):
    librosa = pytest.importorskip("librosa")
    bounds = {"n_mels": config.mels, "fmin": config.low_hz, "fmax": config.high_hz}
    wanted = librosa.filters.mel(sr=config.sample_rate, n_fft=config.n_fft, **bounds)
    np.testing.assert_allclose(mel_filters(config), wanted, atol=1e-8)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_sparse_filters_hold_all_of_the_filters(config):
    first, count, weights = sparse_filters(config)
    rebuilt, used = np.zeros((config.mels, config.bins), np.float32), 0
    for row, start, n in zip(rebuilt, first, count, strict=True):
        row[start : start + n] = weights[used : used + n]
        used += n
    assert used == len(weights)
    np.testing.assert_array_equal(rebuilt, mel_filters(config))


def test_the_dct_is_orthonormal():
    whole = dct_matrix(replace(MFCC, coefficients=MFCC.mels)).astype(np.float64)
    np.testing.assert_allclose(whole @ whole.T, np.eye(MFCC.mels), atol=1e-6)
    np.testing.assert_array_equal(dct_matrix(MFCC), whole[:10].astype(np.float32))


@pytest.mark.parametrize("sound", [bursts(), bursts(0.02), tone_in_silence()])
def test_a_patch_is_floored_at_its_own_maximum_less_80_db(sound):
    # Published firmware floored at -80 dB where its training had floored at the maximum less 80 dB.
    decibels = log_mel(sound, LOG_MEL)[-LOG_MEL.frames :]
    found = patch(decibels, LOG_MEL)
    np.testing.assert_allclose(found, expected_patch(decibels), atol=1e-5)


def test_an_absolute_floor_would_be_another_patch():
    decibels = log_mel(tone_in_silence(), LOG_MEL)[-LOG_MEL.frames :]
    assert decibels.min() < decibels.max() - LOG_MEL.top_db
    absolute = np.maximum(decibels, -80.0)
    absolute = ((absolute - absolute.mean()) / (absolute.std() + STD_OFFSET_DB)).T.reshape(-1)
    assert np.abs(absolute - patch(decibels, LOG_MEL)).max() > 0.1


@pytest.mark.parametrize("config", CONFIGS)
def test_loudness_does_not_change_a_patch(config):
    loud, quiet = (patches(gain * bursts(), config, 1)[-1] for gain in (1.0, 0.1))
    np.testing.assert_allclose(quiet, loud, atol=2e-3 if config.coefficients else 5e-4)


def test_an_mfcc_patch_is_the_dct_of_the_normalized_frames():
    decibels = log_mel(bursts(), MFCC)[-MFCC.frames :]
    np.testing.assert_allclose(patch(decibels, MFCC), expected_patch(decibels, dct_matrix(MFCC)), atol=1e-5)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_patch_lies_feature_by_feature(config):
    rows = patches(bursts(), config, 1)[-1].reshape(config.features, config.frames)
    # Another last frame changes the last column of each row most.
    other = log_mel(bursts(), config)
    other[-1] += np.arange(config.mels) % 3
    changed = np.abs(patch(other, config).reshape(config.features, config.frames) - rows)
    assert (changed.mean(axis=0).argmax(), rows.dtype, rows.size) == (
        config.frames - 1,
        np.float32,
        config.inputs,
    )


@pytest.mark.parametrize("config", CONFIGS)
def test_a_frame_does_not_look_ahead_of_its_hop(config):
    signal, frame = bursts(), 7
    later = signal.copy()
    later[(frame + 1) * config.hop :] += 0.5
    first, second = log_mel(signal, config), log_mel(later, config)
    np.testing.assert_array_equal(first[: frame + 1], second[: frame + 1])
    assert not np.array_equal(first[frame + 1], second[frame + 1])


def test_before_the_start_lies_silence():
    signal = bursts()[: 3 * LOG_MEL.hop]
    first = patches(signal, LOG_MEL, 1)[0].reshape(LOG_MEL.features, LOG_MEL.frames)
    assert (first[:, :-1] == first[0, 0]).all() and (first[:, -1] > first[:, 0]).all()
    assert patches(signal, LOG_MEL, 2).shape == (1, LOG_MEL.inputs)
    assert patches(signal[:100], LOG_MEL, 1).shape == (0, LOG_MEL.inputs)
    np.testing.assert_array_equal(patches(signal, LOG_MEL, 2)[0], patches(signal, LOG_MEL, 1)[1])


@pytest.mark.parametrize("config", CONFIGS)
def test_silence_is_a_patch_of_zeros(config):
    silent = np.zeros(SAMPLES)
    assert (log_mel(silent, config) == -100.0).all()
    assert not patches(silent, config, 10).any()
    assert not patch(np.zeros((0, config.mels)), config).any()


def test_the_defaults_are_the_published_front_end():
    assert (LOG_MEL.features, LOG_MEL.inputs, LOG_MEL.bins) == (40, 1200, 513)
    assert (MFCC.features, MFCC.inputs) == (10, 490)
    assert MelConfig(**MFCC.as_dict()) == MFCC


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hop": 0}, "hop 0 must be at least 1"),
        ({"window": 1}, "window 1 at least 2"),
        ({"window": 2048}, "no longer than n_fft 1024"),
        ({"n_fft": 1100}, "n_fft 1100 must be an even product of 2, 3, 5"),
        ({"low_hz": -1.0}, "between 0 Hz and half of the sample rate 16000"),
        ({"low_hz": 8000.0}, "not 8000.0 to 8000.0 Hz"),
        ({"high_hz": 8001.0}, "not 0.0 to 8001.0 Hz"),
        ({"high_hz": float("nan")}, "not 0.0 to nan Hz"),
        ({"mels": 0}, "mels 0 and frames 30 must be at least 1"),
        ({"frames": 0}, "mels 40 and frames 0 must be at least 1"),
        ({"coefficients": 41}, "coefficients 41 must be between 0 and mels 40"),
        ({"coefficients": -1}, "coefficients -1 must be"),
        ({"mels": 514}, "mels 514 are more than the bins of n_fft 1024"),
        ({"mel_scale": "bark"}, "mel_scale must be slaney or htk, not 'bark'"),
        ({"norm": "area"}, "norm must be slaney or none or peak"),
        ({"logarithm": "log2"}, "logarithm must be db or ln or log10"),
        ({"normalize": "mean"}, "normalize must be standard or max or none"),
        ({"analysis": "boxcar"}, "there is no window 'boxcar'"),
        ({"analysis": (1.0, 2.0)}, "table has 2 numbers; give it 1024"),
        ({"power": 3}, "power must be 1, for magnitudes, or 2"),
        ({"gain": 0.0}, "gain must be over 0"),
        ({"pre_emphasis": 2.0}, "pre_emphasis must be -1 to 1"),
        ({"floor": 0.0}, "a floor or an offset of at least 1e-37"),
        ({"floor": float("nan")}, "a floor or an offset"),
        ({"top_db": -1.0}, "top_db must be a number of at least 0"),
        ({"std": 0.0}, "std one over 0, not 0.0 and 0.0"),
        ({"clip": (1.0, 1.0)}, "a least and a larger number"),
        ({"clip": (1.0,)}, "a least and a larger number"),
        ({"clip": ("low", "high")}, "a least and a larger number"),
    ],
)
def test_a_config_that_makes_no_features_is_refused(change, sentence):
    with pytest.raises(OssicleError, match=sentence):
        replace(LOG_MEL, **change)
