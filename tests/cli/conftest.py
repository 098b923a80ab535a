import numpy as np
import pytest
import soundfile
from networks import noise, small_model

from ossicle.audio.stft import StftConfig
from ossicle.graph.file import save_model


@pytest.fixture(scope="session")
def model_file(tmp_path_factory):
    """A small network of the full front end."""
    path = tmp_path_factory.mktemp("model") / "small.ossicle"
    save_model(small_model("gru", stft=StftConfig()), path)
    return path


@pytest.fixture
def recording(tmp_path):
    """One second of 16 kHz noise in a file."""
    path = tmp_path / "noisy.wav"
    soundfile.write(path, noise(16000), 16000)
    return path


@pytest.fixture
def write(tmp_path):
    """Write samples into a file of ``tmp_path``."""

    def write(name, samples, rate=16000, subtype=None):
        soundfile.write(tmp_path / name, np.asarray(samples), rate, subtype=subtype)
        return name

    return write
