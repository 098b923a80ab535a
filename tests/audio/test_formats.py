"""What formats can hold, and what is kept of what they hold."""

import numpy as np
import pytest
import soundfile

from ossicle.audio.files import Audio, read_audio, write_audio
from ossicle.audio.formats import LIMITS, UNWRITABLE, encoding
from ossicle.audio.metadata import Metadata
from ossicle.audio.reading import Stored, open_audio
from ossicle.audio.writing import create_audio
from ossicle.errors import OssicleError

TONE = (0.4 * np.sin(np.arange(3000) / 9)).astype(np.float32)
KINDS = sorted(set(soundfile.available_formats()) - set(UNWRITABLE))
ENDINGS = {"IRCAM": "sf", "MAT4": "mat4", "MAT5": "mat"}


@pytest.mark.parametrize("rate", [8000, 44100, 192_000, 200_001])
@pytest.mark.parametrize("channels", [1, 2, 6, 9])
@pytest.mark.parametrize("kind", KINDS)
def test_each_format_holds_what_the_table_says_and_refuses_the_rest(tmp_path, kind, channels, rate):
    path = tmp_path / f"a.{ENDINGS.get(kind, kind.lower())}"
    limits = LIMITS.get(kind)
    holds = limits is None or (channels <= limits.channels and limits.rate(rate))
    audio = Audio(np.repeat(TONE[:, None], channels, 1), rate)
    if not holds:
        with pytest.raises(OssicleError, match="channels" if channels > limits.channels else "rate"):
            write_audio(path, audio)
        assert not list(tmp_path.iterdir())
        return
    write_audio(path, audio)
    found = soundfile.info(path)
    assert (found.format, found.samplerate, found.channels) == (kind, rate, channels)
    assert abs(found.frames - len(TONE)) < 2500


@pytest.mark.parametrize(
    ("name", "stored", "written"),
    [
        ("a.wav", "MPEG_LAYER_III", "PCM_16"),
        ("a.wav", "VORBIS", "PCM_16"),
        ("a.wav", "DOUBLE", "DOUBLE"),
        ("a.flac", "FLOAT", "PCM_24"),
        ("a.flac", "PCM_32", "PCM_24"),
        ("a.flac", "PCM_U8", "PCM_S8"),
        ("a.aiff", "ALAC_16", "PCM_16"),
        ("a.wav", "PCM_S8", "PCM_U8"),
        ("a.mp3", "PCM_24", "MPEG_LAYER_III"),
        ("a.ogg", "OPUS", "OPUS"),
        ("a.caf", "FLOAT", "FLOAT"),
    ],
)
def test_the_encoding_is_the_smallest_that_loses_nothing(tmp_path, name, stored, written):
    kind = {"aiff": "AIFF"}.get(name[2:], name[2:].upper())
    assert encoding(tmp_path / name, kind, stored, 48000) == written


@pytest.mark.parametrize("subtype", ["DWVW_16", "DWVW_24", "IMA_ADPCM", "GSM610"])
def test_codecs_that_cannot_seek_are_read_to_their_end(tmp_path, subtype):
    soundfile.write(tmp_path / "a.aiff", TONE, 8000, subtype, format="AIFF")
    with open_audio(tmp_path / "a.aiff") as source:
        found = np.concatenate(list(source.blocks()))[:, 0]
    assert 0 <= len(found) - len(TONE) < 320
    assert np.mean((found[: len(TONE)] - TONE) ** 2) < 0.1 * np.mean(TONE**2)


def test_24_bits_of_channels_that_libsndfile_misreads_are_refused(tmp_path):
    soundfile.write(tmp_path / "a.paf", np.repeat(TONE[:, None], 6, 1), 16000, "PCM_24", format="PAF")
    with pytest.raises(OssicleError, match=r"a\.paf is a PAF file of 6 channels of 24 bits"):
        read_audio(tmp_path / "a.paf")


def test_opus_at_a_rate_that_it_lacks_becomes_vorbis(tmp_path):
    assert encoding(tmp_path / "a.ogg", "OGG", "OPUS", 44100) == "VORBIS"


def copy(source, out):
    with open_audio(source) as opened:
        blocks = list(opened.blocks())
        with create_audio(out, opened.stored) as file:
            for block in blocks:
                file.write(block)
        return opened.stored.metadata.lost_in(file.kind)


def test_chunks_of_a_wav_and_its_loudspeakers_go_along(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.repeat(TONE[:, None], 6, 1), 16000, format="WAVEX")
    data = bytearray((tmp_path / "a.wav").read_bytes())
    at = data.index(b"fmt ") + 8 + 20
    data[at : at + 4] = (0x60F).to_bytes(4, "little")
    extra = b"bext\6\0\0\0abcdef" + b"cue \4\0\0\0\0\0\0\0" + b"LIST\x10\0\0\0INFOINAM\4\0\0\0Song"
    data[4:8] = (len(data) + len(extra) - 8).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data + extra)
    assert copy(tmp_path / "a.wav", tmp_path / "b.wav") == []
    with open_audio(tmp_path / "b.wav") as found:
        assert found.stored.kind == "WAVEX"
        assert found.stored.metadata.loudspeakers == 0x60F
        assert dict(found.stored.metadata.chunks)[b"bext"] == b"abcdef"
        assert found.stored.metadata.tags["title"] == "Song"
        assert sum(map(len, found.blocks())) == len(TONE)
    assert copy(tmp_path / "b.wav", tmp_path / "c.flac") == ["bext", "channel mask", "cue"]
    with open_audio(tmp_path / "c.flac") as found:
        assert found.stored.metadata.tags["title"] == "Song"


def test_blocks_of_a_flac_go_along(tmp_path):
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 16000, 1) as file:
        file.title = "The title"
        file.write(TONE)
    data = (tmp_path / "a.flac").read_bytes()
    application = b"\2\0\0\x08testabcd"
    (tmp_path / "a.flac").write_bytes(data[:42] + application + data[42:])
    assert copy(tmp_path / "a.flac", tmp_path / "b.flac") == []
    with open_audio(tmp_path / "b.flac") as found:
        assert (2, b"testabcd") in found.stored.metadata.blocks
        assert found.stored.metadata.tags["title"] == "The title"
        assert sum(map(len, found.blocks())) == len(TONE)
    assert copy(tmp_path / "b.flac", tmp_path / "c.wav") == ["application data"]


def test_an_rf64_stays_one(tmp_path):
    soundfile.write(tmp_path / "a.wav", TONE, 16000, format="RF64")
    copy(tmp_path / "a.wav", tmp_path / "b.wav")
    assert (tmp_path / "b.wav").read_bytes()[:4] == b"RF64"


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "link.wav").symlink_to(tmp_path / "target.wav")
    write_audio(tmp_path / "link.wav", Audio(TONE[:, None], 16000))
    assert (tmp_path / "link.wav").is_symlink()
    assert soundfile.info(tmp_path / "target.wav").frames == len(TONE)


def test_a_long_wav_becomes_an_rf64(tmp_path):
    stored = Stored(48000, 2, "PCM_16", "WAV", 1 << 30, Metadata())
    with create_audio(tmp_path / "a.wav", stored) as file:
        file.write(np.repeat(TONE[:, None], 2, 1))
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RF64"
