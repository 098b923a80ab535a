"""Pruning with a training: what comes out, that a run goes on where it was, and what is refused."""

import numpy as np
import pytest
from networks import small_frames, small_model

torch = pytest.importorskip("torch")

import ossicle  # noqa: E402
from ossicle.audio.stft import StftConfig  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.train import record, validate  # noqa: E402

RECIPE = """
[fit]
network = "gru128"
batch = 2
validation_clips = 1

[mixing]
seconds = 0.5

[loss]
pesq = 0.0
"""


class Stopped(Exception):
    pass


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Neither PESQ nor a picture, which take longer than the steps of these runs."""
    monkeypatch.setattr(validate, "pesq_wb", lambda enhanced, clean: 2.0)
    monkeypatch.setattr(record, "plot_curves", lambda out, log: None)


@pytest.fixture(scope="module")
def model():
    return small_model("gru", stft=StftConfig())


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def prune(model, corpus_root, tmp_path, recipe):
    def run(granularity="block", criterion="magnitude", folder="run", report=lambda step: None, **options):
        training = ossicle.Finetuning(
            corpus_root, tmp_path / folder, **{"steps": 3, "recipe": str(recipe), "workers": 0} | options
        )
        return ossicle.prune(model, granularity, 0.5, criterion, finetuning=training, report=report)

    return run


def zeros(model):
    return {
        f"{node.name}.{name}": array == 0
        for node in model.graph.nodes
        for name, array in node.constants.items()
        if array.ndim == 2
    }


def test_a_run_that_was_stopped_ends_with_the_same_bits(prune):
    def stop(progress):
        if progress.step == 2:
            raise Stopped

    whole = prune(folder="whole")
    with pytest.raises(Stopped):
        prune(report=stop)
    steps = []
    again = prune(report=lambda progress: steps.append(progress.step))
    assert steps == [3]
    for before, after in zip(whole.graph.nodes, again.graph.nodes, strict=True):
        assert all(np.array_equal(array, after.constants[name]) for name, array in before.constants.items())
    assert all(of.mean() == pytest.approx(0.5, abs=0.04) for of in zeros(whole).values())
    about = whole.provenance["finetuning"]
    assert about["recipe"]["schedule"]["kind"] == "gradual" and about["data"]["speech"]["clips"]
    with pytest.raises(OssicleError, match="belongs to a run with another recipe"):
        prune(criterion="taylor")


def test_a_network_that_was_pruned_at_once_is_trained_with_its_zeros(prune, model):
    at_once = ossicle.prune(model, "block", 0.5, "obs")
    found = prune(criterion="obs", steps=1)
    before, after = zeros(at_once), zeros(found)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    biases = (of.graph.nodes[0].constants["bias"] for of in (at_once, found))
    assert not np.array_equal(*biases)


def test_a_smaller_network_is_trained(prune, model):
    found = prune("unit", "taylor", steps=1)
    assert found.graph.macs < model.graph.macs and found.calibration.moments.keys()


def test_what_cannot_be_trained_is_said_in_a_sentence(prune, model, corpus_root, tmp_path):
    frames = small_frames()
    training = ossicle.Finetuning(corpus_root, tmp_path / "run")
    with pytest.raises(OssicleError, match="only suppressors and spotters are trained"):
        ossicle.prune(frames, "weight", 0.5, finetuning=training)
    with pytest.raises(OssicleError, match="nobody knows how tiny_gru was trained; name a recipe"):
        ossicle.prune(model, "weight", 0.5, finetuning=training)
    with pytest.raises(OssicleError, match="is not a spotter that a recipe trains"):
        prune(recipe="cnn")
    with pytest.raises(OssicleError, match="obs is pruned at once only"):
        prune(criterion="obs", schedule="gradual")
