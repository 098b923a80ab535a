"""Import of the suppressors of :mod:`ossicle.models.suppressor`, and their weights back from a graph."""

import numpy as np

from ossicle.audio.features import trained_features
from ossicle.graph.from_torch import RELU, SIGMOID, array_of, linear_node
from ossicle.graph.graph import Graph, State, check
from ossicle.graph.types import Node, Tensor
from ossicle.models.suppressor import Suppressor
from ossicle.tasks.suppression.settings import Suppression


def import_suppressor(network: Suppressor, name: str) -> Graph:
    """Turn a trained suppressor into the float graph of one streaming step."""
    hidden, bins = network.config.hidden, network.stft.bins
    tensors = {
        network.features: Tensor((bins,)),
        "fc_in_y": Tensor((hidden,)),
        "fc_mid_y": Tensor((bins,)),
        "mask": Tensor((bins,)),
    }
    nodes = [linear_node("fc_in", network.features, "fc_in_y", RELU, network.fc_in, network.norm_in)]
    states, x = [], "fc_in_y"
    for layer in range(network.rnn.num_layers):
        kept = ("h", "c") if network.config.cell == "lstm" else ("h",)
        layer_states = [State(f"rnn{layer}_{kind}", f"rnn{layer}_{kind}_next") for kind in kept]
        tensors |= {end: Tensor((hidden,)) for state in layer_states for end in (state.input, state.output)}
        inputs = {"x": x, "h_operand": layer_states[0].input}
        inputs |= {kind: state.input for kind, state in zip(kept, layer_states, strict=True)}
        outputs = {f"{kind}_next": state.output for kind, state in zip(kept, layer_states, strict=True)}
        constants = {
            f"{kind}_{end}": array_of(getattr(network.rnn, f"{kind}_{end}_l{layer}"))
            for kind in ("weight", "bias")
            for end in ("ih", "hh")
        }
        nodes.append(Node(network.config.cell, f"rnn{layer}", inputs, outputs, constants))
        states += layer_states
        x = outputs["h_next"]
    nodes.append(linear_node("fc_mid", x, "fc_mid_y", RELU, network.fc_mid, network.norm_mid))
    nodes.append(linear_node("fc_out", "fc_mid_y", "mask", SIGMOID, network.fc_out))
    task = Suppression(network.stft, (trained_features(network.features),))
    graph = Graph(name, task, (network.features,), ("mask",), tuple(states), tensors, tuple(nodes))
    check(graph)
    return graph


def weights_of(graph: Graph) -> dict[str, np.ndarray]:
    """The constants of an imported float graph, by the names of the network's parameters."""
    weights: dict[str, np.ndarray] = {}
    for node in graph.nodes:
        layer = f"_l{node.name.removeprefix('rnn')}" if node.op in ("gru", "lstm") else ""
        prefix = "rnn" if layer else node.name
        weights |= {f"{prefix}.{name}{layer}": array for name, array in node.constants.items()}
    return weights
