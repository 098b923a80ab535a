"""Files that FFmpeg decodes, by a stand-in that writes what FFmpeg does: a WAV file into a pipe."""

import stat
import sys

import numpy as np
import pytest

from ossicle.audio.files import read_audio
from ossicle.errors import OssicleError

SAMPLES = np.random.default_rng(0).normal(0, 0.1, (150_000, 2)).astype("<f4")
STAND_IN = """#!{python}
import struct, sys
assert sys.argv[sys.argv.index("-i") + 1].startswith("file:")
sys.stderr.write({message!r})
sys.stderr.flush()
if {sound!r}:
    head = struct.pack("<HHIIHH", 3, 2, 48000, 384000, 8, 32)
    sys.stdout.buffer.write(b"RIFF\\xff\\xff\\xff\\xffWAVEfmt " + struct.pack("<I", 16) + head)
    sys.stdout.buffer.write(b"LIST\\x04\\0\\0\\0INFOdata\\xff\\xff\\xff\\xff")
    sys.stdout.buffer.write(open({sound!r}, "rb").read())
if "[error]" in {message!r}:
    sys.exit(1)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    def write(sound="", message=""):
        command = tmp_path / "bin" / "ffmpeg"
        command.parent.mkdir()
        command.write_text(STAND_IN.format(python=sys.executable, sound=sound, message=message))
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(command.parent))

    return write


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mkv"
    path.write_bytes(b"\x1aE\xdf\xa3" + bytes(500))
    return path


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound"
    path.write_bytes(SAMPLES.tobytes())
    return str(path)


def test_what_libsndfile_does_not_know_is_read_by_ffmpeg(install, film, sound):
    install(sound)
    found = read_audio(film)
    np.testing.assert_array_equal(found.samples, SAMPLES)
    assert found.rate == 48000


def test_a_file_that_ffmpeg_finds_damaged_is_refused(install, film, sound):
    install(sound, "[error] film.mkv: File ended prematurely")
    with pytest.raises(OssicleError, match=r"film\.mkv is damaged or cut short \(.*prematurely\)"):
        read_audio(film)


def test_what_is_no_sound_to_ffmpeg_either_is_refused(install, film):
    install(message="[error] Invalid data found")
    with pytest.raises(OssicleError, match=r"cannot read .*film\.mkv as audio \(Invalid data found\)"):
        read_audio(film)


def test_what_ffmpeg_only_guesses_is_refused(install, film, sound):
    install(sound, "[adp @ 0x1] [warning] Format adp detected only with low score, misdetection possible!")
    with pytest.raises(OssicleError, match=r"cannot read .*film\.mkv as audio"):
        read_audio(film)


def test_warnings_of_ffmpeg_are_no_damage(install, film, sound):
    install(sound, "[matroska @ 0x1] [warning] Unknown-sized element at 0x10")
    assert len(read_audio(film).samples) == len(SAMPLES)


def test_without_ffmpeg_it_is_the_way_out(film, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OssicleError, match="install FFmpeg"):
        read_audio(film)
