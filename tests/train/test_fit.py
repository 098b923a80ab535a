"""The training loop: the same bits however often it was interrupted, and refusals that say what to do."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from tools import slow_but

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from ossicle.data.corpus import load_corpus  # noqa: E402
from ossicle.data.mixing import MixConfig  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.tasks.suppression.from_torch import import_suppressor, weights_of  # noqa: E402
from ossicle.train import fit as loop  # noqa: E402
from ossicle.train.checkpoint import BEST, CHECKPOINT, LOG  # noqa: E402
from ossicle.train.curves import FILE as CURVES  # noqa: E402
from ossicle.train.examples import Mixtures, decode_sources  # noqa: E402
from ossicle.train.processes import LOCK, Place  # noqa: E402
from ossicle.train.recipe import FitConfig, LossConfig, Recipe  # noqa: E402
from ossicle.train.schedule import learning_rate  # noqa: E402
from ossicle.train.validate import Validation  # noqa: E402
from ossicle.train.warm_start import Pretrained  # noqa: E402

CONFIG = FitConfig(
    network="gru128",
    steps=5,
    batch=2,
    warmup=2,
    decay=0.4,
    checkpoint_every=2,
    validate_every=2,
    validation_clips=3,
)
MIXING = MixConfig(seconds=0.5)


def fit(corpus, out, config, mixing, report, workers=0):
    return loop.fit(corpus, out, Recipe(config, mixing), report, Place(torch.device("cpu")), workers)


class Killed(Exception):
    pass


def ignore(progress):
    pass


def killed_at(step):
    def report(progress):
        if progress.step == step:
            raise Killed

    return report


def same_bits(found, expected):
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert tensor.dtype == found[name].dtype
        assert torch.equal(found[name], tensor), name
    return True


@pytest.fixture(scope="module")
def corpus(corpus_root):
    return load_corpus(corpus_root)


@pytest.fixture(scope="module")
def whole(corpus, tmp_path_factory):
    """An uninterrupted run: its folder, its network and what it reported."""
    out, seen, threads = tmp_path_factory.mktemp("whole"), [], torch.get_num_threads()
    torch.set_num_threads(1)
    network = fit(corpus, out, CONFIG, MIXING, seen.append)
    torch.set_num_threads(threads)
    return out, network, seen


def test_a_run_reports_each_step_and_logs_each_validation(whole):
    out, _, seen = whole
    assert [progress.step for progress in seen] == [1, 2, 3, 4, 5]
    assert all(progress.steps == 5 and np.isfinite(progress.loss) for progress in seen)
    assert [progress.validation is not None for progress in seen] == [False, True, False, True, True]
    log = [json.loads(line) for line in (out / LOG).read_text().splitlines()]
    assert [entry["step"] for entry in log] == [2, 4, 5]
    judged = [progress.validation for progress in seen if progress.validation]
    assert [entry["validation_loss"] for entry in log] == [validation.loss for validation in judged]
    assert [entry["validation_pesq"] for entry in log] == [validation.pesq for validation in judged]
    losses = [progress.loss for progress in seen]
    means = [sum(losses[:2]) / 2, sum(losses[2:4]) / 2, losses[4]]
    assert [entry["loss"] for entry in log] == means
    assert (out / CURVES).read_text().startswith("<?xml")
    assert sorted(os.listdir(out)) == sorted([BEST, CHECKPOINT, CURVES, LOCK, LOG])


def test_a_run_changes_every_weight_and_returns_a_network_to_evaluate(whole, corpus, tmp_path):
    """But those of the presence output, which this loss does not know."""
    _, network, _ = whole
    assert not network.training
    short = fit(corpus, tmp_path, replace(CONFIG, steps=1, learning_rate=1e-30), MIXING, ignore)
    for (name, trained), start in zip(network.named_parameters(), short.parameters(), strict=True):
        assert torch.equal(trained, start) == name.startswith("presence"), name


@pytest.mark.parametrize("step", slow_but((2, 4), (1, 2, 3, 4)))
def test_a_run_that_was_killed_goes_on_to_the_same_bits(whole, corpus, tmp_path, step):
    out, network, seen = whole
    with pytest.raises(Killed):
        fit(corpus, tmp_path, CONFIG, MIXING, killed_at(step))
    rest = []
    resumed = fit(corpus, tmp_path, CONFIG, MIXING, rest.append)
    assert rest[0].step == step // CONFIG.validate_every * CONFIG.validate_every + 1
    assert [p.loss for p in rest] == [p.loss for p in seen[rest[0].step - 1 :]]
    assert same_bits(resumed.state_dict(), network.state_dict())
    for name in (CHECKPOINT, BEST):
        assert same_bits(load_file(tmp_path / name), load_file(out / name))
    assert (tmp_path / LOG).read_text() == (out / LOG).read_text()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_run_that_was_killed_twice_and_resumed_with_other_workers_gives_the_same_bits(
    whole, corpus, tmp_path
):
    for step in (2, 5):
        with pytest.raises(Killed):
            fit(corpus, tmp_path, CONFIG, MIXING, killed_at(step))
    resumed = fit(corpus, tmp_path, CONFIG, MIXING, ignore, workers=1)
    assert same_bits(resumed.state_dict(), whole[1].state_dict())


def test_a_run_that_is_over_is_not_repeated(whole, corpus):
    out, network, _ = whole
    before = (out / CHECKPOINT).read_bytes()
    seen = []
    assert same_bits(fit(corpus, out, CONFIG, MIXING, seen.append).state_dict(), network.state_dict())
    assert seen == []
    assert (out / CHECKPOINT).read_bytes() == before


def test_another_seed_gives_another_network(whole, corpus, tmp_path):
    other = fit(corpus, tmp_path, replace(CONFIG, seed=1), MIXING, ignore)
    assert not torch.equal(other.fc_in.weight, whole[1].fc_in.weight)


def test_the_network_that_is_returned_is_the_one_of_the_best_validation(corpus, tmp_path, monkeypatch):
    losses, kept = iter([3.0, 1.0, 2.0, 1.0, 1.5]), []
    monkeypatch.setattr("ossicle.train.fit.validate", lambda *_: Validation(next(losses), 0.0, None))
    network = fit(
        corpus,
        tmp_path,
        replace(CONFIG, validate_every=1, checkpoint_every=1),
        MIXING,
        lambda progress: kept.append(load_file(tmp_path / BEST)),
    )
    assert same_bits(network.state_dict(), kept[1])
    assert not torch.equal(kept[0]["fc_in.weight"], network.fc_in.weight)
    assert not torch.equal(load_file(tmp_path / CHECKPOINT)["network.fc_in.weight"], network.fc_in.weight)


@pytest.mark.parametrize(
    ("config", "mixing"),
    [
        (replace(CONFIG, seed=1), MIXING),
        (replace(CONFIG, decay=0.5), MIXING),
        (replace(CONFIG, network="lstm128"), MIXING),
        (CONFIG, replace(MIXING, babble=0.5)),
        (replace(CONFIG, features="compressed"), MIXING),
    ],
)
def test_a_folder_of_another_configuration_is_refused(whole, corpus, config, mixing):
    refuse(whole[0], corpus, Recipe(config, mixing))


def test_a_folder_of_another_loss_is_refused(whole, corpus):
    refuse(whole[0], corpus, Recipe(CONFIG, MIXING, LossConfig(leak=0.001)))


def refuse(out, corpus, recipe):
    before = (out / CHECKPOINT).read_bytes()
    with pytest.raises(OssicleError, match=r"checkpoint\.safetensors belongs to a run with another recipe"):
        loop.fit(corpus, out, recipe, ignore, Place(torch.device("cpu")), 0)
    assert (out / CHECKPOINT).read_bytes() == before


@pytest.mark.slow
def test_a_run_can_be_made_longer_until_its_learning_rate_falls(corpus, tmp_path):
    short, long = replace(CONFIG, steps=6, decay=0.5), replace(CONFIG, steps=8, decay=0.5)
    whole = fit(corpus, tmp_path / "whole", long, MIXING, ignore)
    with pytest.raises(Killed):
        fit(corpus, tmp_path / "grown", short, MIXING, killed_at(3))
    grown = fit(corpus, tmp_path / "grown", long, MIXING, ignore)
    assert same_bits(grown.state_dict(), whole.state_dict())
    with pytest.raises(OssicleError, match="past where a run of 8 steps can be given another length"):
        fit(corpus, tmp_path / "grown", replace(long, steps=10), MIXING, ignore)


def test_a_run_that_starts_from_weights_goes_on_to_the_same_bits(whole, corpus, tmp_path):
    """Of other features, by all terms of the loss."""
    weights = weights_of(import_suppressor(whole[1], "net"))
    mixing = replace(MIXING, machine=0.3, alone=0.3, pauses=0.5)
    loss = LossConfig(leak=0.001, attenuation=0.001, presence=0.01, sharpen=True)
    recipe = Recipe(replace(CONFIG, features="compressed"), mixing, loss)

    def run(out, report=ignore):
        start = Pretrained("magnitude", weights)
        return loop.fit(corpus, out, recipe, report, Place(torch.device("cpu")), 0, start)

    trained = run(tmp_path / "whole")
    assert trained.features == "compressed"
    assert trained.presence.weight.requires_grad
    with pytest.raises(Killed):
        run(tmp_path / "killed", killed_at(3))
    assert same_bits(run(tmp_path / "killed").state_dict(), trained.state_dict())
    plain = loop.fit(corpus, tmp_path / "plain", recipe, ignore, Place(torch.device("cpu")), 0)
    assert not torch.equal(plain.fc_out.weight, trained.fc_out.weight)


def test_mixed_precision_trains_weights_that_stay_near_those_of_full_precision(whole, corpus, tmp_path):
    seen = []
    network = fit(corpus, tmp_path, replace(CONFIG, precision="bf16"), MIXING, seen.append)
    assert all(parameter.dtype == torch.float32 for parameter in network.parameters())
    losses, full = [p.loss for p in seen], [p.loss for p in whole[2]]
    assert losses == pytest.approx(full, rel=0.05)
    assert losses != full


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "folder"])
def test_a_damaged_checkpoint_is_refused_with_what_to_do(whole, corpus, tmp_path, damage):
    data = (whole[0] / CHECKPOINT).read_bytes()
    contents = {"cut": data[: len(data) // 2], "text": b"not tensors at all", "empty": b""}
    if damage == "folder":
        (tmp_path / CHECKPOINT).mkdir()
    else:
        (tmp_path / CHECKPOINT).write_bytes(contents[damage])
    with pytest.raises(OssicleError, match=r"is not a checkpoint .* delete it to start again"):
        fit(corpus, tmp_path, CONFIG, MIXING, ignore)


def test_weights_that_are_no_checkpoint_are_refused(whole, corpus, tmp_path):
    (tmp_path / CHECKPOINT).write_bytes((whole[0] / BEST).read_bytes())
    with pytest.raises(OssicleError, match="belongs to a run with another recipe"):
        fit(corpus, tmp_path, CONFIG, MIXING, ignore)


def test_a_folder_that_cannot_be_written_is_refused(corpus, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OssicleError, match="cannot make the folder"):
        fit(corpus, tmp_path / "file", CONFIG, MIXING, ignore)
    (tmp_path / BEST).mkdir()
    with pytest.raises(OssicleError, match=r"cannot write .*best\.safetensors"):
        fit(corpus, tmp_path, replace(CONFIG, steps=1), MIXING, ignore)


def spoil(monkeypatch, value, when):
    """Networks whose mask is multiplied by ``value`` in each call for which ``when(network)`` holds.

    Where a learning rate that is too large leads depends on the processor; this does not.
    """
    plain = loop.suppressor

    def spoilt(name, features):
        network = plain(name, features)
        network.register_forward_hook(
            lambda _, inputs, output: output._replace(mask=output.mask * value) if when(network) else output
        )
        return network

    monkeypatch.setattr(loop, "suppressor", spoilt)


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(corpus, tmp_path, monkeypatch):
    calls = iter([False, True])
    spoil(monkeypatch, np.nan, lambda network: network.training and next(calls))
    with pytest.raises(OssicleError, match="the loss is nan at step 2; lower the learning rate"):
        fit(corpus, tmp_path, CONFIG, MIXING, ignore)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_network_that_fails_in_validation_alone_ends_the_run_with_a_sentence(
    corpus, tmp_path, monkeypatch, value
):
    losses = []
    spoil(monkeypatch, value, lambda network: not network.training)
    with pytest.raises(OssicleError, match="the validation loss is nan at step 2; lower the learning rate"):
        fit(corpus, tmp_path, CONFIG, MIXING, lambda progress: losses.append(progress.loss))
    assert len(losses) == 1 and np.isfinite(losses[0])
    assert os.listdir(tmp_path) == [LOCK]


def test_a_corpus_without_a_validation_split_is_refused(corpus, tmp_path):
    speech = {split: clips for split, clips in corpus.speech.items() if split != "val"}
    with pytest.raises(OssicleError, match="no clips in its split 'val'"):
        fit(replace(corpus, speech=speech), tmp_path, CONFIG, MIXING, ignore)


def test_an_unknown_network_is_refused(corpus, tmp_path):
    with pytest.raises(OssicleError, match="no network 'gru1'"):
        fit(corpus, tmp_path, replace(CONFIG, network="gru1"), MIXING, ignore)


def test_an_example_depends_on_its_number_and_the_seed_alone(corpus):
    sources = decode_sources(corpus, "train", 16000)
    first, later = (Mixtures(sources, MIXING, 16000, 0, indices) for indices in (range(10), range(6, 10)))
    other = Mixtures(sources, MIXING, 16000, 1, range(10))
    assert (len(first), len(later)) == (10, 4)
    np.testing.assert_array_equal(first[8], later[2])
    assert not np.array_equal(first[8], other[8])
    assert not np.array_equal(first[8], first[9])


def test_sources_are_the_clips_of_one_split_by_speaker(corpus):
    sources = decode_sources(corpus, "val", 16000)
    assert set(sources.speech) == {clip.speaker for clip in corpus.speech["val"]}
    assert all(len(clips) == 2 for clips in sources.speech.values())
    assert len(sources.noise) == 3


def test_the_learning_rate_warms_up_and_falls_to_nothing():
    config = FitConfig(steps=1000, warmup=100, learning_rate=1e-3, decay=0.25)
    rates = np.array([learning_rate(step, config) for step in range(1000)])
    np.testing.assert_allclose(rates[:100], 1e-5 * np.arange(1, 101))
    assert (rates[100:750] == 1e-3).all()
    np.testing.assert_allclose(rates[750:], 4e-6 * np.arange(250, 0, -1))
