"""Several processes share a run: each example is computed once, and all end with one network."""

import json
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from ossicle.errors import OssicleError  # noqa: E402
from ossicle.graph.file import load_model  # noqa: E402
from ossicle.train.checkpoint import read_log  # noqa: E402
from ossicle.train.processes import Place, hold_folder  # noqa: E402

CPU = torch.device("cpu")
RECIPE = """
[fit]
network = "gru128"
steps = 3
batch = 4
checkpoint_every = 2
validate_every = 3
validation_clips = 2
[mixing]
seconds = 0.5
"""


def test_the_processes_compute_each_example_of_a_batch_once():
    alone = Place(CPU).examples(3, 6, 4)
    assert alone == list(range(12, 24))
    shares = [Place(CPU, rank, 2).examples(3, 6, 4) for rank in range(2)]
    for step in range(3):
        together = [example for share in shares for example in share[2 * step : 2 * step + 2]]
        assert together == alone[4 * step : 4 * step + 4]


def test_a_batch_that_cannot_be_shared_evenly_is_refused():
    with pytest.raises(OssicleError, match="a batch of 24 cannot be shared evenly by 5 processes"):
        Place(CPU, 0, 5).examples(0, 1, 24)


def test_a_second_run_in_a_folder_is_refused(tmp_path):
    alone = Place(CPU)
    with hold_folder(tmp_path / "run", alone):
        with (
            pytest.raises(OssicleError, match="another process trains in"),
            hold_folder(tmp_path / "run", alone),
        ):
            pass
        with hold_folder(tmp_path / "run", Place(CPU, 1, 2)):  # the same run, on two GPUs
            pass
    with hold_folder(tmp_path / "run", alone):
        pass


@pytest.mark.slow
def test_two_processes_train_one_model(corpus_root, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    arguments = ["train", "recipe.toml", "--data", corpus_root, "-o", "run", "--workers", "0", "--json"]
    done = subprocess.run(
        [*launcher, "-m", "ossicle", *map(str, arguments)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"model": "run/gru128.ossicle"}
    assert load_model(tmp_path / "run" / "gru128.ossicle").provenance["recipe"]["fit"]["batch"] == 4
    assert [entry["step"] for entry in read_log(tmp_path / "run")] == [2, 3]
