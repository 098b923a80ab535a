"""Graphs as networks of PyTorch: they compute what the simulation computes, and give their constants back."""

from dataclasses import replace

import numpy as np
import pytest
from networks import magnitudes, small_frames, small_model

torch = pytest.importorskip("torch")

from ossicle.data.keywords import COMMANDS, LABELS  # noqa: E402
from ossicle.errors import OssicleError  # noqa: E402
from ossicle.finetuning.network import GraphNetwork, GraphSpotter  # noqa: E402
from ossicle.models.spotter import spotter  # noqa: E402
from ossicle.simulate import Simulator  # noqa: E402
from ossicle.tasks.spotting.from_torch import import_spotter  # noqa: E402
from ossicle.tasks.spotting.record import Spotting  # noqa: E402


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_suppressor_is_what_its_simulation_is(cell):
    graph = small_model(cell).graph
    heard = magnitudes(graph, 9)
    simulator = Simulator(graph)
    expected = np.stack([np.concatenate(simulator.step(frame)) for frame in heard])
    with torch.no_grad():
        found = GraphNetwork(graph)(torch.from_numpy(heard)[None])[0].numpy()
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize("name", ["cnn", "dscnn"])
def test_a_spotter_is_the_network_that_it_was_imported_from(name):
    torch.manual_seed(0)
    network = spotter(name).eval()
    graph = import_spotter(network, name, Spotting(network.mel, LABELS, COMMANDS))
    patches = torch.randn(3, 1, network.mel.features, network.mel.frames)
    with torch.no_grad():
        found = GraphSpotter(graph, network.mel)(patches)
        expected = network(patches)
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-5)


def test_the_constants_come_back_with_what_training_changed():
    graph = small_model("gru").graph
    network = GraphNetwork(graph)
    same = {node.name: node.constants for node in network.trained().nodes}
    for node in graph.nodes:
        assert all(np.array_equal(array, same[node.name][name]) for name, array in node.constants.items())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    for before, after in zip(graph.nodes, network.trained().nodes, strict=True):
        for name, array in before.constants.items():
            np.testing.assert_allclose(after.constants[name], array + 1, rtol=1e-6)


def test_what_cannot_be_trained_is_named():
    with pytest.raises(OssicleError, match="several inputs or outputs"):
        GraphNetwork(small_frames().graph)
    graph = small_model("gru").graph
    stuck = tuple(replace(state, output=graph.states[0].output) for state in graph.states)
    with pytest.raises(OssicleError, match="does not begin with its own last state"):
        GraphNetwork(replace(graph, states=stuck))
    odd = tuple(replace(node, op="normalize") if node.name == "fc_mid" else node for node in graph.nodes)
    with pytest.raises(OssicleError, match=r"node 'fc_mid' \(normalize\) cannot be trained"):
        GraphNetwork(replace(graph, nodes=odd))
