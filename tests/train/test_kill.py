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

from ossicle.train.checkpoint import BEST, LOG, read_log  # noqa: E402

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


def wait_for_log(out, run, entries):
    """Wait until the log of a run has so many entries, of ten in all, or the run is over."""
    while run.poll() is None and (not (out / LOG).exists() or len(read_log(out)) < entries):
        time.sleep(0.01)


@pytest.mark.slow
def test_the_curve_goes_on_as_if_nothing_had_happened(corpus_root, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    assert start(tmp_path, corpus_root, "whole").wait() == 0
    killed = start(tmp_path, corpus_root, "killed")
    # By its own progress, not by the clock, which tells nothing on a busy machine.
    wait_for_log(tmp_path / "killed", killed, random.randint(1, 4))
    time.sleep(random.uniform(0, 0.05))
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "the run was over before it was killed"
    assert start(tmp_path, corpus_root, "killed").wait() == 0
    assert (tmp_path / "killed" / LOG).read_text() == (tmp_path / "whole" / LOG).read_text()
    whole, resumed = (load_file(tmp_path / out / BEST) for out in ("whole", "killed"))
    assert all(torch.equal(resumed[name], tensor) for name, tensor in whole.items())
