"""What the spotters that ship may lose; their bytes are held by ``tests/benchmarks/test_figures.py``."""

import numpy as np
import pytest
from networks import voice
from running import compare_nodes

from ossicle import api
from ossicle.audio.mel import patches
from ossicle.quantization import SCHEMES
from ossicle.simulate import Simulator
from ossicle.tasks.spotting.record import Spotting
from ossicle.zoo import zoo_scores

NAMES = ("cnn", "dscnn")
PUBLISHED = {"cnn": (119_936, 476_576), "dscnn": (22_214, 2_656_384)}
"""Parameters, and multiply-accumulates a step; those of cnn are of arXiv 2208.02765."""
ACCURACY = {"cnn": 0.92, "dscnn": 0.955}
ERROR = {
    "fp32": 1e-5,
    "fp16": 0.01,
    "mixed": 0.01,
    "w16a16": 0.01,
    "w8a16": 0.04,
    "w4a16": 0.04,
    "int8": 0.25,
}
"""Largest difference of a posterior, over the sounds below."""


@pytest.fixture(scope="module")
def sounds():
    """Swelling tones and noises, and digital silence between them."""
    signal = np.concatenate([voice(16000 * 2, seed) for seed in range(3)])
    signal[20000:28000] = 0
    return signal


def test_the_spotters_ship():
    assert tuple(api.zoo_models(Spotting.name)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_spotter_has_the_published_size_and_hears(name):
    model = api.load(name)
    assert (model.graph.parameters, model.graph.macs) == PUBLISHED[name]
    assert zoo_scores(name)["accuracy"] >= ACCURACY[name]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_no_scheme_moves_a_posterior_far(name, scheme, sounds):
    model = api.load(name)
    inputs = patches(sounds, model.graph.task.features, 5)
    exact, found = (
        Simulator(graph, len(inputs)).step(inputs)[0]
        for graph in (model.graph, api.quantize(model, scheme).graph)
    )
    assert np.abs(found - exact).max() <= ERROR[scheme]
    assert exact.max() > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_every_node_of_the_running_c_is_the_simulations(tmp_path, name, scheme, sounds):
    compare_nodes(api.quantize(api.load(name), scheme).graph, tmp_path / "c", sounds[: 16000 * 2])
