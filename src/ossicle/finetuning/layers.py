"""Operators of float graphs as layers of PyTorch, whose parameters are the constants of their nodes."""

from collections.abc import Callable, Mapping

import torch
from torch import nn
from torch.nn import functional

from ossicle.errors import OssicleError
from ossicle.graph import Node
from ossicle.models.gru import GRU
from ossicle.ops.attributes import rows_of
from ossicle.ops.dense import clamp
from ossicle.ops.geometry import ConvolutionGeometry

MAP = 4
"""Axes of a batch of maps."""


class Layer(nn.Module):
    """A node: its constants can be trained, in the shapes that the graph has them in."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node

    def constants(self) -> Mapping[str, nn.Parameter]:
        """The parameters, by the names of the node's constants."""
        return dict(self.named_parameters())


class Dense(Layer):
    """Rows of a weight times the last axis, or times all values of ``(batch, height, width, channels)``."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.weight, self.bias = (_parameter(node, name) for name in ("weight", "bias"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Values ``(..., outputs)``."""
        whole = x.flatten(1) if x.ndim == MAP else x
        return _activated(self.node, functional.linear(whole, self.weight, self.bias))


class Convolution(Layer):
    """Filters over maps ``(batch, height, width, channels)``; depthwise ones have a channel each."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.weight, self.bias = (_parameter(node, name) for name in ("weight", "bias"))
        self.geometry = ConvolutionGeometry.of(node)
        if self.geometry.groups > 1:
            raise _untrained(node)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A map ``(batch, height, width, filters)``."""
        of = self.geometry
        groups = of.channels if self.node.op == "depthwise_conv2d" else 1
        shape = (len(self.weight), of.kernel_height, of.kernel_width, of.channels // groups)
        y = functional.conv2d(
            _padded(of, x),
            self.weight.view(shape).permute(0, 3, 1, 2),
            self.bias,
            (of.stride_height, of.stride_width),
            dilation=(of.dilation_height, of.dilation_width),
            groups=groups,
        )
        return _activated(self.node, y.permute(0, 2, 3, 1))


class Mean(Layer):
    """The mean of each channel under a window."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.geometry = ConvolutionGeometry.of(node)
        if self.geometry.pad_top or self.geometry.pad_left:
            raise _untrained(node)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A map ``(batch, height, width, channels)``."""
        of = self.geometry
        windows = (of.kernel_height, of.kernel_width), (of.stride_height, of.stride_width)
        return functional.avg_pool2d(_padded(of, x), *windows).permute(0, 2, 3, 1)


class Recurrent(Layer):
    """A GRU or an LSTM over sequences ``(batch, time, inputs)``, from states of zeros."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        if rows_of(node) > 1 or node.attributes.get("reverse"):
            raise _untrained(node)
        hidden, inputs = node.constants["weight_hh"].shape[1], node.constants["weight_ih"].shape[1]
        self.cell = {"gru": GRU, "lstm": nn.LSTM}[node.op](inputs, hidden, batch_first=True)
        with torch.no_grad():
            for name, parameter in self.constants().items():
                parameter.copy_(torch.from_numpy(node.constants[name]))

    def constants(self) -> Mapping[str, nn.Parameter]:
        """The parameters, by the names of the node's constants."""
        return {name: getattr(self.cell, f"{name}_l0") for name in self.node.constants}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """States ``(batch, time, hidden)``."""
        states: torch.Tensor = self.cell(x)[0]
        return states


LAYERS: Mapping[str, Callable[[Node], Layer]] = {
    "linear": Dense,
    "conv2d": Convolution,
    "depthwise_conv2d": Convolution,
    "average_pool": Mean,
    "gru": Recurrent,
    "lstm": Recurrent,
}


def layer_of(node: Node) -> Layer:
    """The layer of a node; raises :class:`OssicleError` where no layer is like it."""
    if node.op not in LAYERS:
        raise _untrained(node)
    return LAYERS[node.op](node)


def _untrained(node: Node) -> OssicleError:
    return OssicleError(
        f"node {node.name!r} ({node.op}) cannot be trained: only dense layers, convolutions, means, GRU and "
        "LSTM layers over whole signals can; prune without --finetune"
    )


def _parameter(node: Node, name: str) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(node.constants[name].copy()))


def _activated(node: Node, x: torch.Tensor) -> torch.Tensor:
    if node.attributes["activation"] == "sigmoid":
        # In mixed precision a mask still has 24 bits: near one, the steps of bfloat16 are audible.
        return torch.sigmoid(x.float())
    return x.clamp(*clamp(node))


def _padded(of: ConvolutionGeometry, x: torch.Tensor) -> torch.Tensor:
    """A map ``(batch, channels, height, width)`` with as many zeros as the output positions need."""
    down, across = of.axes
    sides = [
        (
            axis.pad,
            (axis.out - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1 - axis.size - axis.pad,
        )
        for axis in (across, down)
    ]
    return functional.pad(x.permute(0, 3, 1, 2), [zeros for side in sides for zeros in side])
