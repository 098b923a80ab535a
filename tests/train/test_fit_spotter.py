"""The training of spotters: it learns, resumes to the same bits, and leaves a file that says what it is."""

from dataclasses import replace

import numpy as np
import pytest
from networks import voice

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402

from ossicle.api.model_training import train_model  # noqa: E402
from ossicle.audio.mel import patches  # noqa: E402
from ossicle.data.augment import NO_CHANGE  # noqa: E402
from ossicle.data.keywords import LABELS, KeywordMixing, evaluation_set, load_keywords  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.graph.file import load_model  # noqa: E402
from ossicle.models.spotter import SPOTTERS, spotter, torch_patches  # noqa: E402
from ossicle.simulate import Simulator  # noqa: E402
from ossicle.tasks.spotting.record import Detector  # noqa: E402
from ossicle.train.checkpoint import BEST, LOG, load_spotter, read_log, save_spotter  # noqa: E402
from ossicle.train.curves import FILE as CURVES  # noqa: E402
from ossicle.train.fit_spotter import fit_spotter  # noqa: E402
from ossicle.train.processes import Place  # noqa: E402
from ossicle.train.recipe import DetectorConfig, SpotterFit, SpotterRecipe  # noqa: E402
from ossicle.zoo import model_hash, zoo_path  # noqa: E402

MIXING = KeywordMixing(augment=NO_CHANGE, snr_db=(20.0, 40.0))
FIT = SpotterFit(network="cnn", steps=6, batch=8, examples=40, warmup=2, checkpoint_every=2, validate_every=2)


class Killed(Exception):
    pass


def fit(corpus, out, config, report=lambda progress: None):
    return fit_spotter(corpus, out, SpotterRecipe(config, MIXING), report, Place(torch.device("cpu")), 0)


@pytest.fixture(scope="module")
def corpus(keywords_root):
    return load_keywords(keywords_root)


@pytest.mark.slow
def test_tones_are_learnt_in_a_few_steps(corpus, tmp_path):
    config = replace(
        FIT,
        steps=40,
        batch=24,
        examples=960,
        learning_rate=3e-3,
        decay=0.5,
        masked_frames=2,
        validate_every=20,
    )
    network = fit(corpus, tmp_path, config)
    signals, labels = map(torch.from_numpy, evaluation_set(corpus, "test", 16000))
    with torch.no_grad():
        right = (network(torch_patches(signals, network.mel)).argmax(1) == labels).double().mean()
    assert right > 0.8
    entries = read_log(tmp_path)
    assert entries[-1]["validation_loss"] < entries[0]["loss"]
    assert entries[-1]["validation_accuracy"] > 0.8
    assert "accuracy" in (tmp_path / CURVES).read_text()


@pytest.mark.parametrize("name", list(SPOTTERS))
def test_a_run_that_was_killed_goes_on_to_the_same_bits(corpus, tmp_path, name):
    config = replace(FIT, network=name, batch=4, examples=12)
    whole = fit(corpus, tmp_path / "whole", config)

    def kill(progress):
        if progress.step == 3:
            raise Killed

    with pytest.raises(Killed):
        fit(corpus, tmp_path / "killed", config, kill)
    steps = []
    resumed = fit(corpus, tmp_path / "killed", config, lambda progress: steps.append(progress.step))
    assert steps == [3, 4, 5, 6]
    for key, tensor in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[key], tensor), key
    assert (tmp_path / "killed" / LOG).read_text() == (tmp_path / "whole" / LOG).read_text()


def test_a_run_ends_with_a_model_and_weights(keywords_root, tmp_path):
    recipe = SpotterRecipe(replace(FIT, steps=2), MIXING)
    seen = []
    path = train_model(keywords_root, tmp_path, recipe, seen.append, 0)
    assert path == tmp_path / "cnn.ossicle" and [progress.step for progress in seen] == [1, 2]
    model = load_model(path)
    assert model.graph.task.labels == LABELS and model.graph.task.features == SPOTTERS["cnn"].mel
    assert model.provenance["data"]["keywords"]["clips"] == 24
    assert model.provenance["recipe"]["fit"]["steps"] == 2
    network = load_spotter(tmp_path / "cnn.safetensors")
    best = load_file(tmp_path / BEST)
    assert all(torch.equal(tensor, best[name]) for name, tensor in network.state_dict().items())
    inputs = patches(voice(16000 * 3), network.mel, 7)
    shaped = torch.from_numpy(inputs).reshape(-1, 1, network.mel.features, network.mel.frames)
    expected = torch.softmax(network(shaped), -1).detach().numpy()
    (found,) = Simulator(model.graph, len(inputs)).step(inputs)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_teacher_is_learnt_from(corpus, tmp_path):
    torch.manual_seed(1)
    teacher = spotter("dscnn")
    with torch.no_grad():
        # It calls everything "left", whatever the labels say.
        teacher.out.weight.zero_()
        teacher.out.bias.copy_(torch.tensor([0.0, 0, 0, 0, 20, 0]))
    save_spotter(tmp_path / "teacher.safetensors", "dscnn", teacher, {})
    config = replace(
        FIT, steps=15, batch=16, teacher=str(tmp_path / "teacher.safetensors"), teacher_share=1.0
    )
    network = fit(corpus, tmp_path / "run", config)
    signals, _ = evaluation_set(corpus, "train", 16000)
    with torch.no_grad():
        answers = network(torch_patches(torch.from_numpy(signals), network.mel)).argmax(1)
    assert (answers == LABELS.index("left")).double().mean() > 0.9


@pytest.mark.parametrize("content", [None, b"", b"no tensors", "weights"])
def test_a_teacher_that_is_none_is_refused(corpus, tmp_path, content):
    path = tmp_path / "teacher.safetensors"
    if content == "weights":
        save_file({"a": torch.zeros(1)}, path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(OssicleError, match=r"teacher\.safetensors holds no spotter"):
        fit(corpus, tmp_path / "run", replace(FIT, teacher=str(path)))


@pytest.mark.parametrize("name", list(SPOTTERS))
def test_a_run_can_start_from_a_model_that_ships(keywords_root, tmp_path, name):
    """So small a learning rate changes no answer: batch norm, too, changes nothing at first."""
    recipe = SpotterRecipe(
        replace(FIT, network=name, steps=1, learning_rate=1e-9, weight_decay=0.0),
        MIXING,
        DetectorConfig(6, 0.7, 20),
    )
    path = train_model(keywords_root, tmp_path, recipe, lambda progress: None, 0, zoo_path(name))
    model, before = load_model(path), load_model(zoo_path(name))
    assert model.provenance["start"] == {"name": name, "sha256": model_hash(zoo_path(name))}
    assert model.graph.task.detector == Detector(6, 0.7, 20)
    assert model.provenance["data"]["speech"]["clips"] == 2
    mel = model.graph.task.features
    inputs = patches(np.concatenate([voice(16000 * 2, seed) for seed in range(2)]), mel, 5)
    found, expected = (Simulator(of.graph, len(inputs)).step(inputs)[0] for of in (model, before))
    # One step moves the running statistics of batch norm by a tenth of the way to those of a batch.
    assert (found.argmax(1) == expected.argmax(1)).mean() > 0.8


def test_a_run_cannot_start_from_another_network(keywords_root, tmp_path):
    recipe = SpotterRecipe(replace(FIT, steps=1), MIXING)
    with pytest.raises(OssicleError, match="weights to start from are of another network"):
        train_model(keywords_root, tmp_path, recipe, lambda progress: None, 0, zoo_path("dscnn"))
    with pytest.raises(OssicleError, match="is no keyword spotter in float"):
        train_model(keywords_root, tmp_path, recipe, lambda progress: None, 0, zoo_path("gru128"))


def test_another_recipe_in_the_same_folder_is_refused(corpus, tmp_path):
    fit(corpus, tmp_path, replace(FIT, steps=2))
    with pytest.raises(OssicleError, match="belongs to a run with another recipe"):
        fit(corpus, tmp_path, replace(FIT, steps=2, mixup=0.5))
