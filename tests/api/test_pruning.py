"""Pruning from Python and from the command line: what went, and what was kept of it."""

import json

import numpy as np
import pytest
from frozen import assert_frozen
from networks import small_model

import ossicle
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError


@pytest.fixture(scope="module")
def plain():
    return small_model("gru", stft=StftConfig())


def test_prune_says_what_went_as_the_verb_does(plain, ossicle_command, tmp_path):
    ossicle.save(plain, tmp_path / "m.ossicle")
    found = ossicle.prune(plain, "unit", 0.25, "obs", layers=["rnn0"])
    assert_frozen(found)
    sizes = {layer.name: (layer.before, layer.after) for layer in found.layers}
    assert [(of.outputs, of.inputs) for of in sizes["rnn0"]] == [(60, 20), (45, 20)]
    assert [(of.outputs, of.inputs) for of in sizes["rnn1"]] == [(60, 20), (60, 15)]
    assert sizes["fc_mid"][0] == sizes["fc_mid"][1]
    assert found.before.macs == plain.graph.macs and found.after.macs == found.graph.macs
    assert found.before.macs - found.after.macs == 60 * 40 - 45 * 35 + 60 * 5
    assert 5 < found.sqnr_db < 60 and found.measured_on == "a synthetic voice in noise"
    done = ossicle_command(
        *("prune", "m.ossicle", "-o", "p.ossicle", "--granularity", "unit", "--sparsity", "0.25"),
        *("--criterion", "obs", "--layer", "rnn0"),
    )
    done = json.loads(done)
    assert done.pop("model") == "p.ossicle" and done == json.loads(json.dumps(found.as_dict()))
    loaded = ossicle.load(tmp_path / "p.ossicle")
    assert loaded.provenance == found.provenance and loaded.provenance["source"] == "random"
    again = ossicle.prune(loaded, "block", 0.5)
    assert [of["granularity"] for of in again.provenance["pruning"]] == ["unit", "block"]
    assert ossicle.quantize(again, "int8").sqnr_db > 10


def test_recordings_replace_the_calibration(plain, pairs):
    found = ossicle.prune(plain, "block", 0.5, "obs", [pairs / "noisy" / "a.wav"])
    assert found.measured_on == "the recordings" and "1.0 s of sound is short" in found.warnings[0]
    assert found.provenance["pruning"][0]["calibration"] == ["a.wav"]
    before = ossicle.prune(plain, "block", 0.5, "obs").calibration
    name = "rnn1.weight_ih"
    assert not np.array_equal(found.calibration.moments[name].power, before.moments[name].power)


def test_a_network_without_such_channels_is_refused():
    with pytest.raises(OssicleError, match="has no units that can go"):
        ossicle.prune(small_model("conv"), "unit", 0.5)
