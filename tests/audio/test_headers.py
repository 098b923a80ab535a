"""Headers that say nothing, or something wrong, of the length of their sound."""

import numpy as np
import pytest
import soundfile

from ossicle.audio.files import read_audio
from ossicle.errors import OssicleError

SAMPLES = np.round(12000 * np.sin(np.arange(8000) / 7)).astype(np.int16)
RATES = {"wve": 8000, "xi": 44100}


@pytest.fixture
def stored(tmp_path):
    """Write the samples as a kind of file, and give its path and bytes."""

    def write(kind, ending=None, channels=1):
        path = tmp_path / f"in.{ending or kind.lower()}"
        rate = RATES.get(kind.lower(), 16000)
        soundfile.write(path, np.repeat(SAMPLES[:, None], channels, 1), rate, format=kind)
        return path, bytearray(path.read_bytes())

    return write


def read_codes(path):
    return np.rint(read_audio(path).samples[:, 0] * 32768).astype(np.int16)


def blank(data, name, size, value=0, skip=0):
    at = data.index(name) + len(name) + skip
    data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "big")


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("WAV", [(b"RIFF", 4, 0), (b"data", 4, 0)]),
        ("WAV", [(b"data", 4, 0)]),
        ("WAVEX", [(b"RIFF", 4, 0), (b"data", 4, 0)]),
        ("AIFF", [(b"FORM", 4, 0), (b"SSND", 4, 0)]),
        ("CAF", [(b"data", 8, 0)]),
        ("AU", [(b".snd", 4, 4)]),
        ("RF64", [(b"ds64", 8, 4), (b"ds64", 8, 12)]),
    ],
)
def test_sizes_that_a_recorder_never_filled_in_do_not_hide_the_sound(stored, kind, fields, value):
    path, data = stored(kind)
    for name, size, skip in fields:
        blank(data, name, size, value, skip)
    path.write_bytes(data)
    np.testing.assert_array_equal(read_codes(path), SAMPLES)


def test_a_wav_without_samples_but_with_other_chunks_is_empty(stored):
    path, data = stored("WAV")
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + bytes(4) + b"LIST\4\0\0\0INFO")
    with pytest.raises(OssicleError, match="holds no samples"):
        read_audio(path)


@pytest.mark.parametrize("count", [0, 1000, (1 << 36) - 1])
def test_a_flac_is_read_to_its_end_whatever_it_counts(stored, count):
    path, data = stored("FLAC")
    kept = int.from_bytes(data[21:26], "big") >> 36 << 36
    data[21:26] = (kept | count).to_bytes(5, "big")
    path.write_bytes(data)
    np.testing.assert_array_equal(read_codes(path), SAMPLES)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "kind", ["WAV", "WAVEX", "AIFF", "AU", "AVR", "CAF", "FLAC", "MPC2K", "NIST", "OGG", "RF64", "VOC", "W64"]
)
def test_a_file_without_its_last_third_is_refused_in_every_format(stored, kind, channels):
    path, data = stored(kind, channels=channels)
    path.write_bytes(data[: len(data) * 2 // 3 // 4 * 4])
    with pytest.raises(OssicleError, match=f"{path.name} is (cut short|damaged)"):
        read_audio(path)


@pytest.mark.parametrize("kind", ["SVX", "WVE"])
def test_likewise_of_formats_of_one_channel(stored, kind):
    path, data = stored(kind)
    path.write_bytes(data[: len(data) * 2 // 3 // 4 * 4])
    with pytest.raises(OssicleError, match="cut short"):
        read_audio(path)


def test_a_file_that_says_nothing_of_its_length_may_not_end_within_a_sample(stored):
    path, data = stored("IRCAM", "sf")
    path.write_bytes(data[:-1])
    with pytest.raises(OssicleError, match="cut short: its end is missing"):
        read_audio(path)


def test_a_header_that_is_counted_twice_does_no_harm(stored):
    path, data = stored("WAV")
    for name in (b"RIFF", b"data"):
        at = data.index(name) + 4
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "little") + 16).to_bytes(4, "little")
    path.write_bytes(data)
    np.testing.assert_array_equal(read_codes(path), SAMPLES)


@pytest.mark.parametrize(
    ("kind", "subtype", "rate"),
    [
        ("AU", "G721_32", 8000),
        ("XI", "DPCM_16", 44100),
        ("WAV", "GSM610", 8000),
        ("WAV", "NMS_ADPCM_32", 8000),
    ],
)
def test_codecs_that_cannot_seek_are_read_to_their_end(tmp_path, kind, subtype, rate):
    path = tmp_path / "in.bin"
    soundfile.write(path, SAMPLES, rate, subtype, format=kind)
    assert 0 <= len(read_audio(path).samples) - len(SAMPLES) < 400


@pytest.mark.parametrize("rate", [1, 999, 2**31 - 1])
def test_a_rate_that_sound_does_not_have_is_refused(stored, rate):
    path, data = stored("WAV")
    data[24:28] = rate.to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(OssicleError, match=f"{rate} Hz"):
        read_audio(path)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_regular_file_is_named(tmp_path, kind):
    import os

    path = tmp_path / "in.wav"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(OssicleError, match="is a folder" if kind == "folder" else "no regular file"):
        read_audio(path)
