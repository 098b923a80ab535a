import numpy as np
import pytest
import soundfile
from networks import noise

from ossicle.audio.features import Complex, LogPower, Magnitude
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError
from ossicle.graph.calibration import Span
from ossicle.quantization.histogram import Histogram
from ossicle.quantization.listen import read_recordings
from ossicle.quantization.ranges import percentile
from ossicle.tasks.suppression.settings import Suppression


@pytest.fixture
def record(tmp_path):
    def record(name, samples, rate=16000):
        soundfile.write(tmp_path / name, samples, rate, subtype="FLOAT")
        return tmp_path / name

    return record


def listen(*files, known=None, task=Suppression(StftConfig())):  # noqa: B008 - frozen
    return read_recordings(files, task.sample_rate, task.hear, known)


def test_each_channel_of_each_file_is_a_clip_at_the_networks_rate(record):
    stereo = np.stack([noise(96000), noise(96000, seed=5)], axis=1)
    heard = listen(record("a.wav", noise(48000)), record("b.wav", stereo, 32000))
    assert [clip.shape for clip in heard.clips] == [(483, 257)] * 3
    assert heard.warnings == []


def test_a_silent_file_is_left_out_and_silence_alone_is_refused(record):
    silent = record("silent.wav", np.zeros(48000))
    heard = listen(silent, record("a.wav", noise(48000)))
    assert len(heard.clips) == 1
    assert "silent.wav is silent and left out" in heard.warnings[0]
    with pytest.raises(OssicleError, match="has any sound"):
        listen(silent)


def test_short_and_clipped_recordings_are_said_to_spoil_the_ranges(record):
    heard = listen(record("short.wav", noise(8000)))
    assert "0.5 s of sound is short: the ranges end at" in heard.warnings[0]
    heard = listen(record("loud.wav", np.clip(20 * noise(48000), -1, 1)))
    assert "loud.wav is clipped in" in heard.warnings[0] and "widens the ranges" in heard.warnings[0]


@pytest.mark.parametrize(("gain", "word"), [(0.03, "quieter"), (8.0, "louder"), (1.5, None)])
def test_recordings_of_another_level_are_compared_with_the_earlier_calibration(record, gain, word):
    usual = listen(record("usual.wav", 0.2 * noise(96000)))
    seen = Histogram.of(np.concatenate(usual.clips))
    known = Span.usual(seen.low, seen.high, *percentile(seen))
    heard = listen(record("other.wav", 0.2 * gain * noise(96000)), known=known)
    if word is None:
        assert heard.warnings == []
    else:
        assert f"dB {word} than what the model was calibrated on" in heard.warnings[0]


def test_samples_that_are_no_numbers_count_as_silence(record):
    samples = noise(48000)
    samples[100:200] = np.nan
    found = listen(record("nan.wav", samples))
    assert np.isfinite(found.clips[0]).all()
    assert any("100 NaN or infinite samples" in warning for warning in found.warnings)


def test_a_clip_has_what_each_input_hears(record):
    task = Suppression(StftConfig(), (Magnitude(), Complex()))
    (clip,) = listen(record("a.wav", noise(96000)), task=task, known=Span.usual(0.0, 1.0, 0.0, 1e9)).clips
    assert [array.shape[1] for array in clip] == [257, 514]
    assert task.linear and not Suppression(StftConfig(), (LogPower(),)).linear
