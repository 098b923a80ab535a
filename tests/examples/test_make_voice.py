"""The example that ships is what its script makes, and it is a voice in noise."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ossicle.data.mixing import active_rms, rms

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = ("noisy", "clean", "reader_noisy")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voice")
    spec = importlib.util.spec_from_file_location("make_voice", EXAMPLES / "make_voice.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(folder)
    return {name: soundfile.read(folder / f"{name}.flac", dtype="int16")[0] for name in FILES}


def test_the_shipped_files_are_what_the_script_makes(made):
    for name, samples in made.items():
        shipped, rate = soundfile.read(EXAMPLES / f"{name}.flac", dtype="int16")
        assert rate == 16000
        assert 5 < len(shipped) / rate < 10
        # Another math library may round a sample the other way.
        assert np.abs(shipped.astype(int) - samples).max() <= 1


def test_the_noise_is_as_loud_as_the_script_says(made):
    noisy, clean = (made[name] / 32768 for name in ("noisy", "clean"))
    snr_db = 20 * np.log10(active_rms(clean, 16000) / rms(noisy - clean))
    assert snr_db == pytest.approx(5, abs=0.1)
    assert 20 * np.log10(rms(noisy)) == pytest.approx(-26, abs=0.1)


def test_the_reader_is_as_loud_in_the_rain_as_the_script_says(made):
    voice, _ = soundfile.read(EXAMPLES / "reader.flac")
    noisy = made["reader_noisy"] / 32768
    scale = (noisy @ voice) / (voice @ voice)  # rain and voice have nothing in common
    snr_db = 20 * np.log10(active_rms(scale * voice, 16000) / rms(noisy - scale * voice))
    assert snr_db == pytest.approx(5, abs=0.2)


def test_the_voice_has_the_pitch_of_a_speaker_and_pauses(made):
    clean = made["clean"] / 32768
    frames = clean[: len(clean) // 640 * 640].reshape(-1, 640)
    loud = frames[np.argsort(rms_of(frames))[-10:]]
    for frame in loud:
        match = np.correlate(frame, frame, "full")[640:]
        lag = 40 + np.argmax(match[40:400])
        assert 80 < 16000 / lag < 200
    assert (rms_of(frames) < 1e-4).sum() > 10


def rms_of(frames):
    return np.sqrt(np.mean(frames**2, axis=1))
