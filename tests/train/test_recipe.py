"""Recipes: the ones that ship say all, and a wrong one is refused with the place of its fault."""

from dataclasses import fields
from importlib import resources

import pytest

pytest.importorskip("torch")

from ossicle.errors import OssicleError
from ossicle.models.spotter import SPOTTERS
from ossicle.models.suppressor import SUPPRESSORS
from ossicle.train.recipe import (
    FitConfig,
    Recipe,
    SpotterFit,
    SpotterRecipe,
    load_recipe,
    recipe_names,
)


def test_each_network_has_a_recipe():
    networks = {name: load_recipe(name).fit.network for name in recipe_names()}
    assert {name for name, network in networks.items() if name == network} == {*SUPPRESSORS, *SPOTTERS}
    assert all(name.startswith(network) for name, network in networks.items())


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_that_ships_leaves_no_choice_of_mixtures_to_a_default(name):
    text = (resources.files("ossicle.train") / "recipes" / f"{name}.toml").read_text("utf-8")
    mixing = load_recipe(name).mixing
    for section in (mixing, mixing.augment):
        for field in fields(section):
            assert field.name in text, field.name


def test_what_is_left_out_keeps_its_default(tmp_path):
    (tmp_path / "a.toml").write_text(
        '[fit]\nnetwork = "lstm128"\nlearning_rate = 1\n[mixing]\nsnr_db = [0, 5.5]\n'
    )
    recipe = load_recipe(str(tmp_path / "a.toml"))
    assert recipe.fit == FitConfig(network="lstm128", learning_rate=1.0)
    assert recipe.mixing.snr_db == (0, 5.5)
    assert recipe.mixing.augment == Recipe().mixing.augment


def test_the_network_tells_the_kind_of_a_recipe(tmp_path):
    (tmp_path / "a.toml").write_text('[fit]\nnetwork = "cnn"\nmixup = 0\n[mixing]\nunknown = 0.5\n')
    recipe = load_recipe(str(tmp_path / "a.toml"))
    assert isinstance(recipe, SpotterRecipe)
    assert recipe.fit == SpotterFit(network="cnn", mixup=0.0)
    assert recipe.mixing.unknown == 0.5
    (tmp_path / "b.toml").write_text('[fit]\nnetwork = "gru128"\nmixup = 0.1\n')
    with pytest.raises(OssicleError, match="'mixup', which is none of network, steps"):
        load_recipe(str(tmp_path / "b.toml"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[fit]\nstep = 3", "'step', which is none of network, steps"),
        ("[mixing.augment]\nechoes = 1.0", "mixing, .*augment.* has 'echoes'"),
        ("[fit]\nsteps = 3.5", r"steps = 3\.5, which should be like 12000"),
        ("[fit]\nsteps = true", "steps = True, which should be like"),
        ("[fit]\nsteps = 0", "steps is at least 1, not 0"),
        ("[fit]\nlearning_rate = 0", "learning_rate is above 0"),
        ("[fit]\nlearning_rate = nan", "learning_rate is above 0"),
        ("[fit]\ndecay = 2", "decay within 0 and 1"),
        ('[fit]\nprecision = "fp8"', "no precision 'fp8'; choose fp32 or bf16"),
        ('[fit]\nnetwork = "cnn"\nlabel_smoothing = 1', "label_smoothing is within 0 and 1"),
        ('[fit]\nnetwork = "cnn"\nmixup = -0.1', "mixup not below 0"),
        ('[fit]\nnetwork = "cnn"\nmasked_frames = -1', "masked_frames and masked_features are not below 0"),
        ('[fit]\nnetwork = "cnn"\nteacher_share = 1.5', "teacher_share is within 0 and 1"),
        ('[fit]\nnetwork = "cnn"\nbatch = 0', "batch is at least 1, not 0"),
        ("[fit]\nvalidation_clips = 0", "validation_clips is at least 1, not 0"),
        ("[fit]\nnetwork = []", "network = ()"),
        ('[fit]\nfeatures = "mel"', "no features 'mel' to train on; choose magnitude or compressed"),
        ("[loss]\nleek = 0.1", "'leek', which is none of error, pesq, leak"),
        ("fit = 3", "fit = 3"),
        ("[mixing]\nsnr_db = [5, 0]", "snr_db = "),
        ("[mixing]\nsnr_db = [5]", "snr_db = "),
        ('[mixing]\naugment = "all"', "augment = 'all'"),
        ("[fit\n", "as TOML"),
    ],
)
def test_a_wrong_recipe_is_refused(tmp_path, text, sentence):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(OssicleError, match=sentence):
        load_recipe(str(tmp_path / "a.toml"))


def test_a_recipe_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(OssicleError, match=r"no recipe 'gru512'; name a \.toml file or one of cnn, dscnn"):
        load_recipe("gru512")
    with pytest.raises(OssicleError, match=r"cannot read the recipe .*missing\.toml"):
        load_recipe(str(tmp_path / "missing.toml"))


def test_mixtures_too_short_to_be_heard_are_refused(tmp_path):
    (tmp_path / "short.toml").write_text("[mixing]\nseconds = 0.25\n")
    with pytest.raises(OssicleError, match=r"at least 0.5 seconds, not 0.25"):
        load_recipe(str(tmp_path / "short.toml"))
