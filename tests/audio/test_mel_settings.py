"""The settings of the mel features against the formulas of those that networks were trained with."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from melsound import bursts
from scipy.fft import dct
from scipy.signal import get_window

from ossicle.audio.mel import log_mel, patch, patches
from ossicle.audio.mel_tables import MelConfig, mel_filters
from ossicle.graph.task import End, Ends
from ossicle.tasks.front_ends import fitted_task, load_front_end
from ossicle.tasks.spotting.features import KINDS, parse_patch

PAGE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text("utf-8")


ENDS = {"mlperf_kws": ((1, 49, 10, 1), (1, 12)), "mlperf_wake_word": ((1, 30, 1, 40), (1, 3))}
"""Shapes of the networks of the presets."""


def preset(name):
    given, classes = ENDS[name]
    ends = Ends((End("x", given),), (End("y", classes),))
    return fitted_task(load_front_end(name), None, ends).features


def front_end_of_the_page(comment):
    """The one with that comment on the page about imports, as it stands there."""
    found = re.findall("```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    [text] = [text for text in found if f"\n# {comment}\n" in f"\n{text}"]
    return text


def of_the_page(comment):
    """The settings of such a front end, for a patch of 20 frames."""
    mel = tomllib.loads(front_end_of_the_page(comment))["mel"]
    return KINDS["mel"].read(mel | {"frames": 20}, 0)


def triangles(config, edges, at):
    """Filters one bin after another, between edges on the scale where ``at`` has the bins."""
    found = np.zeros((config.mels, config.bins))
    for row, low, peak, high in zip(found, edges, edges[1:], edges[2:], strict=False):
        for bin_, x in enumerate(at):
            if low < x <= peak:
                row[bin_] = (x - low) / (peak - low)
            elif peak < x < high:
                row[bin_] = (high - x) / (high - peak)
    return found


def mel(hz):
    return 1127 * np.log1p(np.asarray(hz) / 700)


def tensorflow_filters(config):
    """Of tf.signal.linear_to_mel_weight_matrix: HTK's scale, and straight lines on it."""
    bins = np.linspace(0, config.sample_rate / 2, config.bins)
    return triangles(config, np.linspace(*mel([config.low_hz, config.high_hz]), config.mels + 2), mel(bins))


def torchaudio_filters(config):
    """Of torchaudio.functional.melscale_fbanks with its defaults: HTK's scale, straight lines over Hz."""
    bins = np.linspace(0, config.sample_rate // 2, config.bins)
    edges = np.linspace(*mel([config.low_hz, config.high_hz]), config.mels + 2)
    return triangles(config, 700 * np.expm1(edges / 1127), bins)


def magnitudes(signal, config, window):
    """Of whole windows in a signal, ``(frames, bins)``; those of a stream from the first full one on."""
    first = -(-config.window // config.hop) * config.hop - config.window
    starts = range(first, len(signal) - config.window + 1, config.hop)
    return np.array(
        [np.abs(np.fft.rfft(window * signal[i : i + config.window], config.n_fft)) for i in starts]
    )


def whole(rows, config):
    """Without the frames that see what is before the start."""
    return rows[-(-config.window // config.hop) - 1 :]


@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize("norm", ["slaney", "none", "peak"])
@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("mels", [20, 128])
def test_the_filters_are_those_of_librosa(scale, norm, mels):
    librosa = pytest.importorskip("librosa")
    config = MelConfig(window=400, hop=160, n_fft=400, mels=mels, low_hz=50, mel_scale=scale, norm=norm)
    norms = {"slaney": "slaney", "none": None, "peak": np.inf}
    bounds = {"n_mels": mels, "fmin": 50, "fmax": 8000, "htk": scale == "htk", "norm": norms[norm]}
    wanted = librosa.filters.mel(sr=16000, n_fft=400, **bounds)
    np.testing.assert_allclose(mel_filters(config), wanted, atol=1e-6)


def test_a_band_between_two_bins_is_empty_as_it_was_in_training():
    config = of_the_page("torchaudio")
    assert not mel_filters(config).any(axis=1).all()
    np.testing.assert_allclose(mel_filters(config), torchaudio_filters(config), atol=1e-6)


def test_the_front_end_of_the_page_is_whole(tmp_path):
    (tmp_path / "own.toml").write_text(front_end_of_the_page("torchaudio"))
    ends = Ends((End("x", (1, 1, 128, 80)),), (End("y", (1, 4)),))
    task = fitted_task(load_front_end(tmp_path / "own.toml"), None, ends)
    assert (task.features.frames, task.frames, task.keywords) == (80, 1, ("yes", "no"))
    assert (task.detector.refractory, task.activation) == (80, "softmax")


def test_the_settings_for_torchaudio_are_its_formulas():
    config = of_the_page("torchaudio")
    window = get_window("hann", 400)
    bands = magnitudes(bursts(), config, window) ** 2 @ torchaudio_filters(config).T
    expected = 10 * np.log10(np.maximum(bands, 1e-10))
    rows = log_mel(bursts(), config)
    np.testing.assert_allclose(whole(rows, config), expected, atol=0.01)
    newest = expected[-20:]
    raised = np.maximum(newest, newest.max() - 80)
    np.testing.assert_allclose(patch(rows, config).reshape(128, 20), raised.T, atol=0.01)


def test_the_settings_for_librosa_are_what_it_computes():
    librosa = pytest.importorskip("librosa")
    config, sound = of_the_page("librosa"), np.tile(bursts(), 2)[: 2048 + 19 * 512]
    bands = librosa.feature.melspectrogram(y=sound, sr=16000, center=False)
    expected = librosa.power_to_db(bands, ref=np.max)
    found = patches(sound, config, 1)[-1].reshape(128, 20)
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_mfcc_are_those_of_librosa():
    librosa = pytest.importorskip("librosa")
    sizes = {"window": 2048, "n_fft": 2048, "mels": 64, "frames": 20}
    config = MelConfig(coefficients=13, mel_scale="htk", normalize="none", **sizes)
    sound = np.tile(bursts(), 2)[: 2048 + 19 * 512]
    expected = librosa.feature.mfcc(y=sound, sr=16000, n_mfcc=13, n_mels=64, htk=True, center=False)
    found = patches(sound, config, 1)[-1].reshape(13, 20)
    np.testing.assert_allclose(found, expected, atol=0.1)


def test_the_preset_of_mlperf_gives_its_mfcc_of_a_second_that_was_divided_by_its_largest_band():
    config, sound = preset("mlperf_kws"), bursts()
    bands = magnitudes(sound, config, get_window("hann", 480)) @ tensorflow_filters(config).T
    rows = np.log(bands + 1e-6)
    np.testing.assert_allclose(whole(log_mel(sound, config), config), rows, atol=1e-3)
    newest = rows - rows.max() + 4.2
    # TensorFlow's MFCC have the same factor in all rows.
    expected = dct(newest, axis=1)[:, :10] / np.sqrt(2 * 40)
    found = patches(sound[:16000], config, 1)[-1].reshape(49, 10)
    np.testing.assert_allclose(found[-len(expected) :], expected, atol=0.01)


def test_the_preset_of_mlperf_gives_the_features_of_its_wake_word():
    config, sound = preset("mlperf_wake_word"), bursts(0.3)
    emphasized = sound - (1 - 2**-5) * np.concatenate([[0], sound[:-1]])
    powers = magnitudes(emphasized, config, np.hamming(1024)) ** 2 / 1024
    levels = 10 * np.log10(powers @ tensorflow_filters(config).T)
    expected = np.clip((levels + 52) / 64, 0, 1)
    assert (expected == 0).any() and 0.1 < expected.max() < 1
    found = patches(sound, config, 1)[-1].reshape(30, 40)
    np.testing.assert_allclose(found[-len(expected) :], expected, atol=1e-4)
    # Silence comes before the start.
    assert not patches(sound, config, 1)[3].reshape(30, 40)[:26].any()


def test_a_window_shorter_than_a_hop_skips_samples():
    config = MelConfig(window=200, hop=320, n_fft=256, mels=10, frames=2)
    signal, skipped = bursts(), bursts()
    skipped[np.arange(len(skipped)) % 320 < 120] = 7
    np.testing.assert_array_equal(log_mel(signal, config), log_mel(skipped, config))
    assert (config.parts, MelConfig().parts, preset("mlperf_kws").parts) == (4, 1, 2)


def test_a_header_keeps_what_is_not_a_default():
    config = preset("mlperf_wake_word")
    assert parse_patch({"mel": config.as_dict()}) == config
    assert len(MelConfig().as_dict()) == MelConfig.SIZES and "clip" in config.as_dict()
