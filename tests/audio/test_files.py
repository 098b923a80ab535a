"""Files in and out: every sample where it was, and nothing half done."""

import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ossicle.audio.files import Audio, read_audio, write_audio
from ossicle.audio.formats import output_format
from ossicle.audio.resampling import resample
from ossicle.errors import OssicleError
from ossicle.metrics.signal import snr


def tones(rate, channels, seconds=0.25):
    time = np.arange(round(rate * seconds)) / rate
    frequencies = 300 * (1 + np.arange(channels))
    return (0.5 * np.sin(2 * np.pi * time[:, None] * frequencies)).astype(np.float32)


def codes(bits, frames, channels):
    """Integers of all magnitudes with both ends, of no more digits than a float32 has."""
    rng = np.random.default_rng(bits)
    top = 2 ** (bits - 1)
    drawn = rng.integers(-top, top, (frames, channels)) >> rng.integers(0, bits - 1, (frames, channels))
    drawn[0], drawn[1], drawn[2] = -top, top - 1, 0
    step = 2 ** max(bits - 24, 0)
    return drawn // step * step


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("name", "bits"),
    [("a.wav", 16), ("a.wav", 24), ("a.wav", 32), ("a.flac", 16), ("a.flac", 24), ("a.aiff", 16)],
)
def test_integer_samples_survive_to_the_bit(tmp_path, rate, channels, name, bits):
    stored = codes(bits, 20_000, channels)
    audio = Audio((stored / 2.0 ** (bits - 1)).astype(np.float32), rate, f"PCM_{bits}")
    write_audio(tmp_path / name, audio)
    found = soundfile.read(tmp_path / name, dtype="int32", always_2d=True)[0] >> (32 - bits)
    np.testing.assert_array_equal(found, stored)
    back = read_audio(tmp_path / name)
    np.testing.assert_array_equal(back.samples, audio.samples)
    assert (back.rate, back.subtype, back.samples.dtype) == (rate, audio.subtype, np.float32)
    assert back.seconds == 20_000 / rate


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_float_samples_survive_to_the_bit_beyond_full_scale(tmp_path, rate, channels):
    samples = np.float32(3) * tones(rate, channels)
    write_audio(tmp_path / "a.wav", Audio(samples, rate, "FLOAT"))
    back = read_audio(tmp_path / "a.wav")
    np.testing.assert_array_equal(back.samples, samples)
    assert (back.rate, back.subtype) == (rate, "FLOAT")


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_vorbis_keeps_rate_channels_length_and_alignment(tmp_path, rate, channels):
    samples = tones(rate, channels, seconds=1)
    write_audio(tmp_path / "a.ogg", Audio(samples, rate))
    back = read_audio(tmp_path / "a.ogg")
    assert (back.samples.shape, back.rate, back.subtype) == (samples.shape, rate, "VORBIS")
    assert snr(back.samples, samples) > 15


@pytest.mark.parametrize(
    ("name", "asked", "stored"),
    [
        ("a.wav", "VORBIS", "PCM_16"),
        ("a.flac", "PCM_24", "PCM_24"),
        ("a.ogg", "PCM_24", "VORBIS"),
        ("a.opus", "VORBIS", "OPUS"),
        ("a.opus", "PCM_16", "OPUS"),
        ("A.WAV", "PCM_24", "PCM_24"),
        ("a.aif", "PCM_16", "PCM_16"),
    ],
)
def test_a_file_has_the_encoding_that_its_ending_says(tmp_path, name, asked, stored):
    write_audio(tmp_path / name, Audio(tones(16000, 1), 16000, asked))
    assert soundfile.info(tmp_path / name).subtype == stored


@pytest.mark.parametrize("name", ["a", "a.txt", "a.raw", "wav", ".wav"])
def test_an_ending_that_is_no_format_is_refused(tmp_path, name):
    with pytest.raises(OssicleError, match=r"end it in \.wav"):
        output_format(tmp_path / name)
    with pytest.raises(OssicleError, match=r"end it in \.wav"):
        write_audio(tmp_path / name, Audio(tones(16000, 1), 16000))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_samples_beyond_full_scale_saturate_and_others_round_to_the_nearest(tmp_path, bits):
    top = 2 ** (bits - 1)
    samples = np.array([[1.5], [-1.5], [1.0], [-1.0], [100.6 / top], [-100.6 / top], [0.4 / top]], np.float32)
    write_audio(tmp_path / "a.wav", Audio(samples, 16000, f"PCM_{bits}"))
    found = soundfile.read(tmp_path / "a.wav", dtype="int32")[0] >> (32 - bits)
    assert found.tolist() == [top - 1, -top, top - 1, -top, 101, -101, 0]


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac"])
def test_a_file_that_is_cut_short_is_refused(tmp_path, name):
    write_audio(tmp_path / name, Audio(tones(16000, 1, seconds=2), 16000))
    data = (tmp_path / name).read_bytes()
    for size in (10, 40, len(data) // 2, len(data) - 500):
        (tmp_path / name).write_bytes(data[:size])
        with pytest.raises(OssicleError, match=name):
            read_audio(tmp_path / name)


def test_a_wav_that_was_streamed_without_a_size_is_read_whole(tmp_path):
    samples = tones(16000, 1)
    write_audio(tmp_path / "a.wav", Audio(samples, 16000, "FLOAT"))
    data = bytearray((tmp_path / "a.wav").read_bytes())
    where = data.index(b"data")
    data[4:8] = data[where + 4 : where + 8] = b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(data)
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav").samples, samples)


def test_what_is_no_audio_is_refused_by_its_name(tmp_path):
    (tmp_path / "text.wav").write_text("not a sound\n" * 50)
    (tmp_path / "text.raw").write_text("not a sound\n" * 50)
    (tmp_path / "nothing.wav").write_bytes(b"")
    soundfile.write(tmp_path / "silent.wav", np.zeros((0, 1)), 16000)
    for name in ("text.wav", "text.raw", "nothing.wav", "silent.wav", "missing.wav", "."):
        with pytest.raises(OssicleError) as refusal:
            read_audio(tmp_path / name)
        assert str(tmp_path / name) in str(refusal.value)


def test_a_place_that_cannot_be_written_is_refused_and_left_as_it_was(tmp_path):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder.wav").mkdir()
    audio = Audio(tones(16000, 1), 16000)
    for place in ("missing/a.wav", "file/a.wav", "folder.wav"):
        with pytest.raises(OssicleError, match="cannot write"):
            write_audio(tmp_path / place, audio)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.wav"]
    assert os.listdir(tmp_path / "folder.wav") == []


def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write anywhere")
        with pytest.raises(OssicleError, match="Permission denied"):
            write_audio(tmp_path / "a.wav", Audio(tones(16000, 1), 16000))
    finally:
        tmp_path.chmod(0o700)
    assert os.listdir(tmp_path) == []


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "a.flac").write_bytes(b"precious")
    with pytest.raises(OssicleError, match=r"cannot write .*a\.flac"):
        write_audio(tmp_path / "a.flac", Audio(tones(16000, 9), 16000))
    assert (tmp_path / "a.flac").read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["a.flac"]


def test_a_write_that_runs_out_of_room_leaves_nothing(tmp_path):
    code = (
        "import resource, sys, numpy as np; from pathlib import Path\n"
        "from ossicle.audio.files import Audio, write_audio; from ossicle.errors import OssicleError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try: write_audio(Path(sys.argv[1]), Audio(np.ones((50000, 1), np.float32), 16000))\n"
        "except OssicleError: print('refused')"
    )
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.wav"], capture_output=True, text=True)
    assert done.stdout.strip() == "refused", done.stderr
    assert os.listdir(tmp_path) == []


def test_a_long_vorbis_file_does_not_exhaust_the_stack_of_a_thread(tmp_path):
    code = (
        "import sys, threading, numpy as np; from pathlib import Path\n"
        "from ossicle.audio.files import Audio, write_audio\n"
        "threading.stack_size(512 * 1024)\n"
        "audio = Audio(np.full((200_000, 2), 0.1, np.float32), 16000)\n"
        "thread = threading.Thread(target=write_audio, args=(Path(sys.argv[1]), audio))\n"
        "thread.start(); thread.join()"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.ogg"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(tmp_path / "a.ogg").frames == 200_000


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_file_gets_the_mode_that_the_users_mask_says(tmp_path):
    before = os.umask(0o027)
    try:
        write_audio(tmp_path / "a.wav", Audio(tones(16000, 1), 16000))
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert (tmp_path / "a.wav").stat().st_mode & 0o777 == 0o640


RATES = st.sampled_from([8000, 11025, 16000, 44100, 48000])


@settings(deadline=None, max_examples=60)
@given(RATES, RATES, st.integers(1, 4000), st.integers(1, 3))
def test_resampling_there_and_back_keeps_the_exact_length(rate, to, frames, channels):
    samples = np.random.default_rng(frames).uniform(-1, 1, (frames, channels)).astype(np.float32)
    there = resample(samples, rate, to)
    assert abs(len(there) - frames * to / rate) <= 1
    back = resample(there, to, rate, frames)
    assert back.shape == samples.shape
    assert np.isfinite(back).all()


@pytest.mark.parametrize(("rate", "to"), [(48000, 16000), (44100, 16000), (16000, 44100), (8000, 16000)])
def test_a_resampled_tone_is_the_tone_of_the_other_rate(rate, to):
    def tone(of):
        return 0.5 * np.sin(2 * np.pi * 1000 * np.arange(of) / of)

    middle = slice(to // 4, 3 * to // 4)
    result = resample(tone(rate).astype(np.float32)[:, None], rate, to, to)
    assert snr(result[middle, 0], tone(to)[middle]) > 80


def test_the_same_rate_changes_nothing():
    samples = tones(16000, 2)
    np.testing.assert_array_equal(resample(samples, 16000, 16000, len(samples)), samples)


@pytest.mark.parametrize(("rate", "to"), [(8000, 16000), (48000, 16000), (16000, 48000)])
def test_one_sample_can_be_resampled(rate, to):
    assert resample(np.ones((1, 2), np.float32), rate, to, 1).shape == (1, 2)
