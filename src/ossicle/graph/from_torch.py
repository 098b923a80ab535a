"""Layers of PyTorch as nodes and constants; batch norm is folded into the layer before it."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from ossicle.graph.types import Attribute, Node

LINEAR = {"activation": "none"}
RELU = LINEAR | {"low": 0.0}
SIGMOID = {"activation": "sigmoid"}


def linear_node(
    name: str,
    x: str,
    y: str,
    activation: Mapping[str, Attribute],
    layer: nn.Linear,
    norm: nn.BatchNorm1d | None = None,
) -> Node:
    """A dense layer, from the tensor ``x`` to ``y``, with the batch norm after it folded in."""
    constants = folded(array_of(layer.weight), array_of(layer.bias), norm)
    return Node("linear", name, {"x": x}, {"y": y}, constants, activation)


def folded(
    weight: np.ndarray, bias: np.ndarray, norm: nn.BatchNorm1d | nn.BatchNorm2d | None
) -> dict[str, np.ndarray]:
    """Constants of a layer ``(rows, columns)`` and of the batch norm after it."""
    weight, bias = weight.astype(np.float64), bias.astype(np.float64)
    if norm is not None:
        gain = array_of(norm.weight) / np.sqrt(array_of(norm.running_var).astype(np.float64) + norm.eps)
        weight = weight * gain[:, None]
        bias = (bias - array_of(norm.running_mean)) * gain + array_of(norm.bias)
    return {"weight": weight.astype(np.float32), "bias": bias.astype(np.float32)}


def array_of(tensor: torch.Tensor | None) -> np.ndarray:
    """The values of a parameter, copied."""
    if tensor is None:
        raise ValueError("a layer without bias, or a batch norm without statistics, is not imported")
    return tensor.detach().cpu().numpy().copy()
