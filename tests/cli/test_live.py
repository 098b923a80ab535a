"""ossicle live, through PortAudio and a sound server with two virtual devices, and what it refuses."""

import contextlib
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from networks import voice
from tools import need

from ossicle.cli import live as cli

RATE = 16000
PIECE = 1000
FORMAT = ("--format=float32le", f"--rate={RATE}", "--channels=1", "--raw")


@pytest.fixture
def server(monkeypatch):
    """A sound server that plays a voice into ``room`` without end, and records what is heard in ``ear``."""
    need("pulse")
    folder = Path(tempfile.mkdtemp(prefix="ossicle-"))  # pytest's own folders are too deep for a socket
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(folder))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{folder}/native")
    monkeypatch.setenv("PULSE_SOURCE", "room.monitor")
    monkeypatch.setenv("PULSE_SINK", "ear")
    sinks = [
        f"module-null-sink sink_name={name} format=float32le rate={RATE} channels=1"
        for name in ("room", "ear")
    ]
    modules = [f"module-native-protocol-unix socket={folder}/native auth-anonymous=1", *sinks]
    np.tile(voice(2 * RATE, seed=3), 30).tofile(folder / "voice.raw")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)

        def start(*command, **streams):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **streams)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start(
            "pulseaudio", "-n", "--exit-idle-time=-1", "--use-pid-file=no", *[f"--load={m}" for m in modules]
        )
        until = time.monotonic() + 20
        while subprocess.run(["pactl", "info"], capture_output=True).returncode:
            assert time.monotonic() < until, "the sound server does not start"
            time.sleep(0.05)
        start("pacat", "--device=room", *FORMAT, folder / "voice.raw")
        start(
            "parec",
            "--device=ear.monitor",
            *FORMAT,
            stdout=stack.enter_context(open(folder / "ear.raw", "wb")),
        )
        yield folder / "ear.raw"


def verbatim(pieces, sound):
    """The share of whole pieces of a signal that lie somewhere in a sound, each bit the same.

    A computer that is busy loses blocks of samples, on their way through the server too.
    """
    held = sound.tobytes()
    whole = pieces[: len(pieces) // PIECE * PIECE].reshape(-1, PIECE)
    return np.mean([piece.tobytes() in held for piece in whole])


@pytest.mark.parametrize("rate", [16000, pytest.param(48000, marks=pytest.mark.slow)])
def test_devices_hear_the_samples_that_denoise_gives(server, ossicle, model_file, tmp_path, rate):
    model = ("--model", model_file)
    devices = ("--input", "pulse", "--output", "pulse", "--rate", rate, "--buffer-ms", 200)
    done = ossicle("live", *model, *devices, "--seconds", 1.5, "--save", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert f"listening to pulse, playing on pulse, {rate} Hz" in done.stderr
    summary = json.loads(done.stdout)
    assert summary["seconds"] >= 1.5 and 0 < summary["load"] <= summary["highest_load"]
    assert summary["latency_ms"] > summary["cleaning_ms"] > 12.5
    ossicle("denoise", tmp_path / "before.wav", "-o", tmp_path / "expected.wav", "--gain", 0, *model)
    before, after, expected = (
        soundfile.read(tmp_path / f"{name}.wav", dtype="float32")[0]
        for name in ("before", "after", "expected")
    )
    end = len(after) - rate // 4  # where the file ends, the microphone went on
    assert len(before) == len(after) > rate and np.ptp(after) > 0.01
    np.testing.assert_array_equal(after[:end], expected[:end])
    if rate == RATE:  # which the server does not convert
        played, heard = (np.fromfile(server.with_name(f"{n}.raw"), np.float32) for n in ("voice", "ear"))
        assert verbatim(before[before != 0], np.concatenate([played[-1000:], played])) > 0.5
        assert verbatim(after[RATE // 10 :], heard) > 0.5


@pytest.mark.slow
def test_space_changes_what_is_heard_and_q_ends(server, model_file):
    leader, follower = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "ossicle", "live", "--input", "pulse", "--output", "pulse"]
    process = subprocess.Popen(
        [*command, "--model", str(model_file), "--buffer-ms", "200"],
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=follower,
        env=environment,
        text=True,
    )
    os.close(follower)
    shown, seen = bytearray(), threading.Event()

    def read():
        with contextlib.suppress(OSError):
            while data := os.read(leader, 4096):
                shown.extend(data)
                seen.set()

    reader = threading.Thread(target=read)
    reader.start()

    def wait_for(text):
        until = time.monotonic() + 60
        while text not in shown.decode(errors="replace"):
            assert time.monotonic() < until and process.poll() is None, shown.decode(errors="replace")
            time.sleep(0.02)

    wait_for("you hear: after")
    os.write(leader, b" ")
    wait_for("you hear: before")
    os.write(leader, b"q")
    out, _ = process.communicate(timeout=60)
    reader.join()
    os.close(leader)
    assert process.returncode == 0 and "load of a core:" in out
    assert "delay" in shown.decode(errors="replace")


def test_the_devices_are_listed(server, ossicle):
    done = ossicle("live", "--list-devices", "--json")
    assert {"pulse", "default"} <= {device["name"] for device in json.loads(done.stdout)}
    assert "pulse" in ossicle("live", "--list-devices").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--model", "dscnn"],
            "dscnn is a keyword spotter, which ossicle spot takes; name a noise suppressor",
        ),
        (["--input", "camera"], "no device for input can be meant by 'camera'"),
        (
            ["--input", "pulse", "--output", "pulse", "--save", "nowhere"],
            "there is no folder nowhere to save into",
        ),
    ],
)
def test_what_is_missing_is_said_before_anything_is_heard(server, ossicle, model_file, arguments, sentence):
    model = [] if "--model" in arguments else ["--model", model_file]
    done = ossicle("live", *arguments, *model)
    assert done.returncode == 2 and sentence in done.stderr
    assert "listening" not in done.stderr and "Traceback" not in done.stderr


def test_keys_go_through_the_strengths_to_no_limit():
    assert cli._strength(None, cli.LESS) == 30.0
    assert cli._strength(12.5, cli.LESS) == 12.0 and cli._strength(12.5, cli.MORE) == 15.0
    assert cli._strength(0.0, cli.LESS) == 0.0
    assert cli._strength(30.0, cli.MORE) is None and cli._strength(None, cli.MORE) is None
    assert cli._strength(6.0, cli.TOGGLE) == 6.0


def test_meters_are_empty_at_silence_and_full_at_full_scale():
    assert cli._meter("in", -np.inf).count("█") == 0 and "silence" in cli._meter("in", -np.inf)
    assert cli._meter("in", 0.0).count("█") == cli.CELLS
    assert cli._meter("in", -30.0).count("█") == cli.CELLS / 2
