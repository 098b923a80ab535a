import numpy as np
import pytest
import soundfile
from networks import noise


@pytest.fixture
def pairs(tmp_path):
    """A folder of noisy recordings and one of clean ones."""
    for side, level in (("noisy", 0.05), ("clean", 0.0)):
        (tmp_path / side).mkdir()
        tone = 0.2 * np.sin(np.arange(16000) * 0.05) * np.abs(np.sin(np.arange(16000) / 2000))
        soundfile.write(tmp_path / side / "a.wav", tone + level * noise(16000), 16000)
    return tmp_path


@pytest.fixture
def ossicle_command(tmp_path, request):
    """Run a verb with --json; returns its standard output."""
    command = request.getfixturevalue("ossicle")

    def run(*arguments):
        done = command(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
