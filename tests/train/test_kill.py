"""A training process that is killed outright, at a moment that nobody chose."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from ossicle.train.checkpoint import BEST, LOG  # noqa: E402

RECIPE = """
[fit]
network = "gru128"
steps = 40
batch = 2
checkpoint_every = 4
validate_every = 10
validation_clips = 2
[mixing]
seconds = 0.5
"""


def start(folder, corpus, out):
    arguments = ["train", "recipe.toml", "--data", str(corpus), "-o", out, "--workers", "0"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "ossicle", *arguments], cwd=folder, env=environment)


def wait_for_log(out, run):
    while not (out / LOG).exists() and run.poll() is None:
        time.sleep(0.02)


def test_the_curve_goes_on_as_if_nothing_had_happened(corpus_root, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    whole = start(tmp_path, corpus_root, "whole")
    wait_for_log(tmp_path / "whole", whole)
    begun = time.monotonic()
    assert whole.wait() == 0
    duration = time.monotonic() - begun
    killed = start(tmp_path, corpus_root, "killed")
    wait_for_log(tmp_path / "killed", killed)
    time.sleep(random.uniform(0, duration / 2))
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "the run was over before it was killed"
    assert start(tmp_path, corpus_root, "killed").wait() == 0
    assert (tmp_path / "killed" / LOG).read_text() == (tmp_path / "whole" / LOG).read_text()
    whole, resumed = (load_file(tmp_path / out / BEST) for out in ("whole", "killed"))
    assert all(torch.equal(resumed[name], tensor) for name, tensor in whole.items())
