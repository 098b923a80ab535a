"""The training loop: the same bits however often it was interrupted, and refusals that say what to do."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from ossicle.data.corpus import load_corpus  # noqa: E402
from ossicle.data.mixing import MixConfig  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.train.fit import FitConfig, Mixtures, decode_sources, fit, learning_rate  # noqa: E402

CONFIG = FitConfig(
    network="gru128", steps=5, batch=2, warmup=2, validate_every=2, validation_clips=3, workers=0
)
MIXING = MixConfig(seconds=0.5)
CHECKPOINT, BEST, LOG = "checkpoint.safetensors", "best.safetensors", "log.jsonl"


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
    assert [progress.validation_loss is not None for progress in seen] == [False, True, False, True, True]
    log = [json.loads(line) for line in (out / LOG).read_text().splitlines()]
    assert [entry["step"] for entry in log] == [2, 4, 5]
    assert [entry["validation_loss"] for entry in log] == [
        progress.validation_loss for progress in seen if progress.validation_loss is not None
    ]
    assert sorted(os.listdir(out)) == [BEST, CHECKPOINT, LOG]


def test_a_run_changes_every_weight_and_returns_a_network_to_evaluate(whole, corpus, tmp_path):
    _, network, _ = whole
    assert not network.training
    short = fit(corpus, tmp_path, replace(CONFIG, steps=1, learning_rate=0.0), MIXING, ignore)
    for (name, trained), start in zip(network.named_parameters(), short.parameters(), strict=True):
        assert not torch.equal(trained, start), name


@pytest.mark.parametrize("step", [1, 2, 3, 4])
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
    log = [json.loads(line)["step"] for line in (tmp_path / LOG).read_text().splitlines()]
    assert log == [2, 4, 5]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_run_that_was_killed_twice_and_resumed_with_other_workers_gives_the_same_bits(
    whole, corpus, tmp_path
):
    for step in (2, 5):
        with pytest.raises(Killed):
            fit(corpus, tmp_path, CONFIG, MIXING, killed_at(step))
    resumed = fit(corpus, tmp_path, replace(CONFIG, workers=1), MIXING, ignore)
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
    monkeypatch.setattr("ossicle.train.fit._validate", lambda *_: {"validation_loss": next(losses)})
    network = fit(
        corpus,
        tmp_path,
        replace(CONFIG, validate_every=1),
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
        (replace(CONFIG, steps=6), MIXING),
        (replace(CONFIG, network="lstm128"), MIXING),
        (CONFIG, replace(MIXING, babble=0.5)),
    ],
)
def test_a_folder_of_another_configuration_is_refused(whole, corpus, config, mixing):
    out = whole[0]
    before = (out / CHECKPOINT).read_bytes()
    with pytest.raises(OssicleError, match=r"checkpoint\.safetensors belongs to a run with other settings"):
        fit(corpus, out, config, mixing, ignore)
    assert (out / CHECKPOINT).read_bytes() == before


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
    with pytest.raises(OssicleError, match="belongs to a run with other settings"):
        fit(corpus, tmp_path, CONFIG, MIXING, ignore)


def test_a_folder_that_cannot_be_written_is_refused(corpus, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OssicleError, match="cannot make the folder"):
        fit(corpus, tmp_path / "file", CONFIG, MIXING, ignore)
    (tmp_path / BEST).mkdir()
    with pytest.raises(OssicleError, match=r"cannot write .*best\.safetensors"):
        fit(corpus, tmp_path, replace(CONFIG, steps=1), MIXING, ignore)


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(corpus, tmp_path):
    with pytest.raises(OssicleError, match="the loss is nan at step 2; lower the learning rate"):
        fit(corpus, tmp_path, replace(CONFIG, learning_rate=float("inf")), MIXING, ignore)


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
    config = FitConfig(steps=1000, warmup=100, learning_rate=1e-3)
    rates = [learning_rate(step, config) for step in range(1000)]
    assert rates[0] == pytest.approx(1e-5)
    assert max(rates) == rates[99] == rates[100] == 1e-3
    assert rates[:100] == sorted(rates[:100])
    assert rates[100:] == sorted(rates[100:], reverse=True)
    assert rates[550] == pytest.approx(5e-4)
    assert 0 < rates[-1] < 1e-8
