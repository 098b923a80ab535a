import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
from networks import noise

from ossicle import api
from ossicle.metrics.signal import si_sdr


def refused(done, *words):
    """Exit code 2, one sentence on standard error, no traceback, nothing on standard output."""
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("ossicle: "), done.stderr
    for word in words:
        assert word in lines[0]
    return True


def denoise(ossicle, model_file, *arguments, **options):
    return ossicle("denoise", *arguments, "--model", model_file, **options)


def test_a_file_becomes_what_the_library_makes_of_it(ossicle, model_file, recording, tmp_path):
    done = denoise(ossicle, model_file, recording, "-o", "clean.wav", "--scheme", "fp32", "--json")
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    assert (result["out"], result["rate"], result["channels"]) == ("clean.wav", 16000, 1)
    output, rate = soundfile.read(tmp_path / "clean.wav", dtype="int16")
    samples = soundfile.read(recording, dtype="float32")[0]
    expected = api.compile(api.quantize(api.load(model_file), "fp32")).denoise(samples)
    np.testing.assert_array_equal(output, np.rint(expected * 32768).astype(np.int16))
    assert rate == 16000


@pytest.mark.parametrize(
    ("rate", "channels", "subtype", "frames"),
    [
        (8000, 1, "PCM_16", 5000),
        (48000, 2, "PCM_24", 30001),
        (44100, 1, "FLOAT", 44099),
        (16000, 3, "PCM_32", 4321),
        (11025, 1, "PCM_U8", 4000),
    ],
)
def test_rate_channels_depth_length_and_alignment_stay(
    ossicle, model_file, write, tmp_path, rate, channels, subtype, frames
):
    noises = np.stack([noise(frames, seed) for seed in range(channels)], axis=1)
    name = write("in.wav", noises, rate, subtype)
    assert denoise(ossicle, model_file, name, "-o", "out.wav").returncode == 0
    info = soundfile.info(tmp_path / "out.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (rate, channels, frames, subtype)
    output = soundfile.read(tmp_path / "out.wav", always_2d=True)[0]
    for before, after in zip(noises.T, output.T, strict=True):
        shifts = range(-rate // 200, rate // 200 + 1)
        middle = slice(rate // 100, frames - rate // 100)
        match = [np.dot(before[middle], np.roll(after, shift)[middle]) for shift in shifts]
        assert abs(shifts[int(np.argmax(match))]) == 0


@pytest.mark.parametrize("samples", [[0.5], np.zeros(8000), np.sign(np.sin(np.arange(8000) * 0.05))])
@pytest.mark.parametrize("rate", [16000, 48000])
def test_one_sample_silence_and_a_full_scale_square_wave_give_defined_output(
    ossicle, model_file, write, tmp_path, samples, rate
):
    name = write("in.wav", samples, rate)
    assert denoise(ossicle, model_file, name, "-o", "out.wav").returncode == 0
    output = soundfile.read(tmp_path / "out.wav")[0]
    assert len(output) == len(samples)
    assert np.isfinite(output).all()
    if not np.any(samples):
        assert not output.any()


def test_nan_and_infinity_are_taken_for_silence_and_counted(ossicle, model_file, write, tmp_path):
    samples = noise(8000)
    samples[100:150] = np.nan
    samples[4000] = np.inf
    name = write("in.wav", samples, subtype="FLOAT")
    done = denoise(ossicle, model_file, name, "-o", "out.wav")
    assert done.returncode == 0
    assert "51 NaN or infinite samples" in done.stderr
    output = soundfile.read(tmp_path / "out.wav")[0]
    assert np.isfinite(output).all()
    assert np.abs(output[5000:]).max() > 0


def test_inputs_that_are_no_audio_are_refused_and_leave_nothing(
    ossicle, model_file, write, recording, tmp_path
):
    (tmp_path / "text.wav").write_text("this is no audio")
    (tmp_path / "zero.wav").write_bytes(b"")
    write("empty.wav", np.zeros(0))
    (tmp_path / "cut.flac").write_bytes(b"fLaC\0\0\0\x22\x10")
    before = sorted(os.listdir(tmp_path))
    cases = {
        "text.wav": "as audio",
        "zero.wav": "as audio",
        "empty.wav": "no samples",
        "cut.flac": "as audio",
    }
    for name, words in cases.items():
        assert refused(denoise(ossicle, model_file, name, "-o", "out.wav"), name, words)
    assert refused(
        denoise(ossicle, model_file, "missing.wav", "-o", "out.wav"), "there is no file missing.wav"
    )
    assert sorted(os.listdir(tmp_path)) == before


def test_outputs_that_cannot_be_are_refused(ossicle, model_file, recording, tmp_path):
    before = recording.read_bytes()
    assert refused(denoise(ossicle, model_file, recording, "-o", "no/where.wav"), "there is no folder no")
    assert refused(denoise(ossicle, model_file, recording, "-o", "out.xyz"), "end it in .wav")
    assert refused(denoise(ossicle, model_file, recording, "-o", recording), "its own input")
    assert refused(denoise(ossicle, model_file, recording, recording, "-o", "x.wav"), "end it in /")
    assert recording.read_bytes() == before


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder where nobody can write")
def test_an_unwritable_folder_is_refused(ossicle, model_file, recording):
    assert refused(denoise(ossicle, model_file, recording, "-o", "/proc/self/out.wav"), "cannot write")


def test_many_files_go_to_a_folder_and_a_bad_one_does_not_stop_the_others(
    ossicle, model_file, write, tmp_path
):
    names = [write(f"{i}.flac", noise(4000, i)) for i in range(3)]
    (tmp_path / "bad.wav").write_text("no audio")
    done = denoise(ossicle, model_file, *names, "bad.wav", "-o", "new/out/")
    assert done.returncode == 2
    assert "bad.wav" in done.stderr and "Traceback" not in done.stderr
    assert sorted(os.listdir(tmp_path / "new" / "out")) == names
    for i, name in enumerate(names):
        assert si_sdr(soundfile.read(tmp_path / "new" / "out" / name)[0], noise(4000, i)) > -20


def test_many_files_into_what_is_no_folder_are_refused(ossicle, model_file, write, tmp_path):
    names = [write(f"{i}.flac", noise(400, i)) for i in range(2)]
    (tmp_path / "taken").write_text("a file")
    assert refused(denoise(ossicle, model_file, *names, "-o", "taken"), "cannot make the folder taken")
    assert (tmp_path / "taken").read_text() == "a file"


def test_raw_samples_stream_through_with_length_and_alignment(ossicle, model_file, recording, tmp_path):
    samples = soundfile.read(recording, dtype="int16")[0]
    done = denoise(ossicle, model_file, "-", "-o", "-", text=False, input=samples.tobytes())
    assert (done.returncode, done.stderr) == (0, b"")
    output = np.frombuffer(done.stdout, "<i2")
    expected = api.compile(api.quantize(api.load(model_file))).denoise(samples)
    np.testing.assert_array_equal(output, np.rint(expected * 32768).astype(np.int16))


def test_a_raw_stream_answers_while_it_is_still_open(model_file):
    command = [sys.executable, "-c", "from ossicle.cli import main; main()", "denoise", "-", "-o", "-"]
    with subprocess.Popen(
        [*command, "--model", str(model_file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdin.write(noise(16000).tobytes())
        process.stdin.flush()
        assert len(process.stdout.read(2000)) == 2000
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 0


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_raw_stream_after_all_that_came_in(model_file, name):
    command = [sys.executable, "-c", "from ossicle.cli import main; main()", "denoise", "-", "-o", "-"]
    samples = noise(16000).tobytes()
    with subprocess.Popen(
        [*command, "--model", str(model_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write(samples)
        process.stdin.flush()
        begun = process.stdout.read(len(samples) // 2)
        process.send_signal(getattr(signal, name))
        rest, told = process.stdout.read(), process.stderr.read()
    assert f"ended by {name}" in told.decode() and process.returncode == 2
    assert len(begun) + len(rest) == len(samples)


def test_raw_streams_that_make_no_sense_are_refused(ossicle, model_file, recording):
    assert denoise(ossicle, model_file, "-", "-o", "-", input="").returncode == 2
    file = denoise(ossicle, model_file, "-", "-o", "-", text=False, input=recording.read_bytes())
    assert file.returncode == 2 and b"is an audio file" in file.stderr and not file.stdout
    assert refused(denoise(ossicle, model_file, "-", "-o", "x.wav"), "raw streaming")
    assert refused(denoise(ossicle, model_file, recording, "-o", "-"), "raw streaming")


def test_a_raw_stream_of_half_a_sample_too_many_loses_nothing_else(ossicle, model_file):
    samples = noise(1000).tobytes()
    odd = denoise(ossicle, model_file, "-", "-o", "-", text=False, input=samples + b"\1")
    assert (odd.returncode, len(odd.stdout)) == (0, len(samples))
    assert b"middle of a 16-bit sample" in odd.stderr


@pytest.mark.parametrize(("gain", "told"), [("0", "-60 dBFS"), ("34", None)])
def test_a_raw_stream_that_is_too_quiet_is_told_which_gain_helps(ossicle, model_file, gain, told):
    quiet = np.full(16000, 33, "<i2") * (-1) ** np.arange(16000, dtype="<i2")
    found = denoise(ossicle, model_file, "-", "-o", "-", "--gain", gain, text=False, input=quiet.tobytes())
    assert found.returncode == 0
    said = found.stderr.decode()
    assert (told in said and "try --gain 36" in said) if told else not said
    assert len(found.stdout) == 32000


def test_models_that_are_none_are_refused(ossicle, model_file, recording, tmp_path):
    data = model_file.read_bytes()
    (tmp_path / "cut.ossicle").write_bytes(data[: len(data) // 2])
    tampered = bytearray(data)
    tampered[-9] ^= 4
    (tmp_path / "tampered.ossicle").write_bytes(tampered)
    cases = {"cut.ossicle": "cut short", "tampered.ossicle": "checksum", "gru9": "there is no model 'gru9'"}
    for name, words in cases.items():
        assert refused(ossicle("denoise", recording, "-o", "out.wav", "--model", name), words)
    assert not (tmp_path / "out.wav").exists()


def test_ctrl_c_in_the_middle_leaves_no_file(model_file, tmp_path):
    soundfile.write(tmp_path / "long.wav", noise(16000 * 600), 16000)
    command = [sys.executable, "-c", "from ossicle.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "denoise", "long.wav", "-o", "out.wav", "--model", str(model_file)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that a shell runs in the background ignore it, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    library = f"/{os.environ['OSSICLE_CACHE'].strip('/')}/host"
    while process.poll() is None and library not in _maps(process.pid):
        time.sleep(0.005)  # until the C runs
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "interrupted" in stderr and "Traceback" not in stderr
    assert os.listdir(tmp_path) == ["long.wav"]


def _maps(pid):
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as lines:
            return lines.read()
    except OSError:
        return ""


def test_a_file_that_is_no_audio_does_not_lose_the_others(ossicle, model_file, write, tmp_path):
    names = [write(f"{i}.wav", noise(400, i)) for i in range(2)]
    (tmp_path / "notes.txt").write_text("shopping")
    done = denoise(ossicle, model_file, names[0], "notes.txt", names[1], "-o", "cleaned/")
    assert done.returncode == 2 and "notes.txt" in done.stderr
    assert sorted(os.listdir(tmp_path / "cleaned")) == ["0.wav", "1.wav"]
    assert "0.wav" in done.stdout and "1.wav" in done.stdout


def test_inputs_that_are_missing_leave_no_folder(ossicle, model_file, tmp_path):
    assert refused(denoise(ossicle, model_file, "missing.wav", "-o", "cleaned/"), "there is no file")
    assert not (tmp_path / "cleaned").exists()


def test_a_limit_of_the_attenuation_keeps_a_part_of_the_noise(ossicle, model_file, recording, tmp_path):
    samples = soundfile.read(recording, dtype="int16")[0]
    outputs = {}
    for limit in ("0", "20"):
        options = ("--attenuation", limit, "--gain", "0")
        done = denoise(ossicle, model_file, recording, "-o", "clean.wav", *options)
        assert done.returncode == 0, done.stderr
        outputs[limit] = soundfile.read(tmp_path / "clean.wav", dtype="int16")[0]
    np.testing.assert_array_equal(outputs["0"], samples)
    clean = api.compile(api.quantize(api.load(model_file), "w8a16")).denoise(samples / np.float32(32768))
    np.testing.assert_allclose(outputs["20"], 0.9 * 32768 * clean + 0.1 * samples, atol=0.51)
    raw = ("-", "-o", "-", "--attenuation", "20")
    done = denoise(ossicle, model_file, *raw, text=False, input=samples.astype("<i2").tobytes())
    np.testing.assert_array_equal(np.frombuffer(done.stdout, "<i2"), outputs["20"])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not say how much memory it took")
def test_memory_does_not_grow_with_the_length_of_a_file(ossicle, model_file, recording, tmp_path):
    assert denoise(ossicle, model_file, recording, "-o", "first.wav").returncode == 0  # builds the program
    ten_seconds = np.random.default_rng(0).normal(0, 1500, (480000, 2)).astype(np.int16)
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 48000, 2, subtype="PCM_16") as file:
        for _ in range(90):
            file.write(ten_seconds)
    words = ["denoise", "long.wav", "-o", "clean.wav", "--model", str(model_file)]
    process = subprocess.Popen([sys.executable, "-m", "ossicle", *words], cwd=tmp_path)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    kilobytes = usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    assert process.returncode == 0 and kilobytes < 200_000  # The samples are 173 MB, floats twice as much.
