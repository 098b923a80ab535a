"""Import of the spotters of :mod:`ossicle.models.spotter`."""

import math
import re
from collections.abc import Mapping

import numpy as np
from torch import nn

from ossicle.audio.mel_tables import MelConfig
from ossicle.graph.from_torch import LINEAR, RELU, array_of, folded
from ossicle.graph.graph import Graph, check
from ossicle.graph.types import Attribute, Node, Tensor
from ossicle.models.spotter import CnnOneFstride4, Spotter
from ossicle.tasks.spotting.record import Spotting

Size = tuple[int, int]
"""Of height and width."""


def import_spotter(network: Spotter, name: str, task: Spotting) -> Graph:
    """Turn a trained spotter into the float graph of one frame, a softmax at its end."""
    layers = _Layers(name, task, network.mel)
    if isinstance(network, CnnOneFstride4):
        layers.convolve("conv", network.conv, network.norm_conv)
        layers.dense("bottleneck", network.bottleneck, None, LINEAR, flatten=True)
        layers.dense("dense1", network.dense1, network.norm1)
        layers.dense("dense2", network.dense2, network.norm2)
    else:
        layers.convolve("conv", network.conv, network.norm_conv, network.pad.padding)
        for i in range(network.BLOCKS):
            for kind in ("depthwise", "pointwise"):
                layers.convolve(f"{kind}{i}", *network.convolution(kind, i))
        layers.average()
    layers.dense("out", network.out, None, LINEAR)
    return layers.finish()


def weights_of(graph: Graph) -> dict[str, np.ndarray]:
    """The constants of an imported float graph, by the names of the network's parameters, in their shapes."""
    weights: dict[str, np.ndarray] = {}
    map_: tuple[int, ...] = ()
    for node in graph.nodes:
        if "weight" not in node.constants:
            continue
        weight, rows = node.constants["weight"], len(node.constants["weight"])
        if node.op != "linear":
            weight = weight.reshape(rows, *_size(node.attributes["kernel"]), -1).transpose(0, 3, 1, 2)
            map_ = (*_size(node.attributes["out"]), rows)
        elif weight.shape[1] == math.prod(map_):
            weight = weight.reshape(rows, *map_).transpose(0, 3, 1, 2).reshape(rows, -1)
        name = re.sub(r"^(depthwise|pointwise)(\d+)$", r"\1.\2", node.name)
        weights |= {f"{name}.weight": weight.copy(), f"{name}.bias": node.constants["bias"]}
    return weights


class _Layers:
    """A chain of layers over a map ``(height, width, channels)``, from the patch to the posteriors."""

    def __init__(self, name: str, task: Spotting, mel: MelConfig) -> None:
        self.name, self.task = name, task
        self.map: tuple[int, ...] = (mel.features, mel.frames, 1)
        self.x = "patch"
        self.tensors = {"patch": Tensor(self.map)}
        self.nodes: list[Node] = []

    def convolve(
        self,
        name: str,
        layer: nn.Conv2d,
        norm: nn.BatchNorm2d,
        zeros: tuple[int, int, int, int] | None = None,
    ) -> None:
        """Append a convolution with batch norm and ReLU.

        ``zeros`` are those to the left, to the right, above and below; by default the layer's own.
        """
        down, across = _size(layer.padding)
        left, right, top, bottom = zeros or (across, across, down, down)
        height, width, _ = self.map
        kernel, stride = _size(layer.kernel_size), _size(layer.stride)
        out = (
            (height + top + bottom - kernel[0]) // stride[0] + 1,
            (width + left + right - kernel[1]) // stride[1] + 1,
        )
        weight = array_of(layer.weight).transpose(0, 2, 3, 1).reshape(layer.out_channels, -1)
        attributes = RELU | self._geometry(kernel, stride, (top, left), out)
        self.map = (*out, layer.out_channels)
        op = "depthwise_conv2d" if layer.groups > 1 else "conv2d"
        self._append(op, name, folded(weight, array_of(layer.bias), norm), attributes)

    def average(self) -> None:
        """Append the mean over the whole map."""
        height, width, channels = self.map
        attributes = self._geometry((height, width), (1, 1), (0, 0), (1, 1))
        self.map = (1, 1, channels)
        self._append("average_pool", "mean", {}, attributes)

    def dense(
        self,
        name: str,
        layer: nn.Linear,
        norm: nn.BatchNorm1d | None,
        activation: Mapping[str, Attribute] = RELU,
        flatten: bool = False,
    ) -> None:
        """Append a dense layer; with ``flatten`` it reads a map, whose channels PyTorch has first."""
        weight = array_of(layer.weight)
        if flatten:
            height, width, channels = self.map
            weight = (
                weight.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(len(weight), -1)
            )
        self.map = (layer.out_features,)
        self._append("linear", name, folded(weight, array_of(layer.bias), norm), activation)

    def finish(self) -> Graph:
        """Append the softmax and check the graph."""
        self._append("softmax", "softmax", {}, {})
        graph = Graph(self.name, self.task, ("patch",), (self.x,), (), self.tensors, tuple(self.nodes))
        check(graph)
        return graph

    def _geometry(self, kernel: Size, stride: Size, pad: Size, out: Size) -> dict[str, Attribute]:
        return {"map": self.map, "kernel": kernel, "stride": stride, "pad": pad, "out": out}

    def _append(
        self,
        op: str,
        name: str,
        constants: Mapping[str, np.ndarray],
        attributes: Mapping[str, Attribute],
    ) -> None:
        y = f"{name}_y"
        self.tensors[y] = Tensor(self.map)
        self.nodes.append(Node(op, name, {"x": self.x}, {"y": y}, constants, attributes))
        self.x = y


def _size(of: Attribute) -> Size:
    """Height and width of a property of a convolution."""
    if not isinstance(of, tuple):
        raise ValueError(f"the padding {of!r} is not imported; pad by numbers")
    height, width = map(int, of)
    return height, width
