"""Import of the PyTorch networks of :mod:`ossicle.models`; batch norm is folded into the dense layers."""

import numpy as np
import torch
from torch import nn

from ossicle.graph.graph import Graph, State, check
from ossicle.graph.task import Suppression
from ossicle.graph.types import Node, Tensor
from ossicle.models.suppressor import Suppressor


def import_suppressor(network: Suppressor, name: str) -> Graph:
    """Turn a trained suppressor into the float graph of one streaming step."""
    hidden, bins = network.config.hidden, network.stft.bins
    tensors = {
        "magnitude": Tensor(bins),
        "fc_in_y": Tensor(hidden),
        "fc_mid_y": Tensor(bins),
        "mask": Tensor(bins),
    }
    nodes = [_linear("fc_in", "magnitude", "fc_in_y", "relu", network.fc_in, network.norm_in)]
    states, x = [], "fc_in_y"
    for layer in range(network.rnn.num_layers):
        kept = ("h", "c") if network.config.cell == "lstm" else ("h",)
        layer_states = [State(f"rnn{layer}_{kind}", f"rnn{layer}_{kind}_next") for kind in kept]
        tensors |= {end: Tensor(hidden) for state in layer_states for end in (state.input, state.output)}
        inputs = (x, *(state.input for state in layer_states))
        outputs = tuple(state.output for state in layer_states)
        constants = {
            f"{kind}_{end}": _array(getattr(network.rnn, f"{kind}_{end}_l{layer}"))
            for kind in ("weight", "bias")
            for end in ("ih", "hh")
        }
        nodes.append(Node(network.config.cell, f"rnn{layer}", inputs, outputs, constants))
        states += layer_states
        x = outputs[0]
    nodes.append(_linear("fc_mid", x, "fc_mid_y", "relu", network.fc_mid, network.norm_mid))
    nodes.append(_linear("fc_out", "fc_mid_y", "mask", "sigmoid", network.fc_out))
    graph = Graph(name, Suppression(network.stft), "magnitude", "mask", tuple(states), tensors, tuple(nodes))
    check(graph)
    return graph


def _linear(
    name: str, x: str, y: str, activation: str, layer: nn.Linear, norm: nn.BatchNorm1d | None = None
) -> Node:
    weight, bias = _array(layer.weight).astype(np.float64), _array(layer.bias).astype(np.float64)
    if norm is not None:
        gain = _array(norm.weight) / np.sqrt(_array(norm.running_var).astype(np.float64) + norm.eps)
        weight = weight * gain[:, None]
        bias = (bias - _array(norm.running_mean)) * gain + _array(norm.bias)
    constants = {"weight": weight.astype(np.float32), "bias": bias.astype(np.float32)}
    return Node("linear", name, (x,), (y,), constants, {"activation": activation})


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()
