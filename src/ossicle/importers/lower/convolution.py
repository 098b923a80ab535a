"""Convolutions and poolings over maps of one or two axes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ossicle.graph.types import Attribute
from ossicle.importers.lower.addresses import ZERO
from ossicle.importers.lower.arithmetic import affine
from ossicle.importers.lower.context import Context, rule
from ossicle.importers.lower.dense import LINEAR
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle
from ossicle.numerics.formats import DType


@dataclass(frozen=True)
class Geometry:
    """Windows over the two axes of a map; a map of one axis has a height of 1."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    begin: tuple[int, int]
    """Padding above and to the left."""
    out: tuple[int, int]

    @classmethod
    def of(cls, operation: Operation, out: tuple[int, ...]) -> "Geometry":
        """The windows of an operation that give maps of that size."""
        attributes, rank = operation.attributes, len(out)
        return cls(
            two(attributes["kernel_shape"], 1),
            two(attributes["strides"], 1),
            two(attributes["dilations"], 1),
            two(attributes["pads"][:rank], 0),
            two(out, 1),
        )

    def attributes(self, size: tuple[int, ...], channels: int) -> dict[str, Attribute]:
        """Those of a node over a map of that size."""
        return {
            "map": (*size, channels),
            "kernel": self.kernel,
            "stride": self.stride,
            "pad": self.begin,
            "out": self.out,
            "dilation": self.dilation,
        }


def two(sizes: Sequence[int], missing: int) -> tuple[int, int]:
    """The sizes of two axes, from those of one or two."""
    first, second = (missing, *sizes) if len(sizes) == 1 else sizes
    return int(first), int(second)


@rule("Conv")
def _convolution(context: Context, operation: Operation) -> None:
    weight = context.constant(operation.inputs[1])
    if weight is None:
        raise Obstacle.at(operation, "its weight depends on the data", "export it with a constant weight")
    bias = context.constant(operation.inputs[2]) if len(operation.inputs) > 2 else None
    index = context.place(operation.inputs[0])
    rank = weight.ndim - 2
    if rank > 2:
        raise Obstacle.at(operation, f"it has {rank} axes", "convolutions have one or two")
    geometry = Geometry.of(operation, context.shape(operation.outputs[0])[2:])
    maps = index.reshape(*index.shape[:2], *two(index.shape[2:], 1))
    kernel = weight.reshape(*weight.shape[:2], *geometry.kernel)
    added = np.zeros(len(weight), np.float32) if bias is None else bias
    groups = int(operation.attributes.get("group", 1))
    if len(maps) > 1 and geometry.kernel[0] == geometry.stride[0] == 1 and not geometry.begin[0]:
        # Maps of one row, or without windows over rows, are rows of one map.
        batch, channels, _, width = maps.shape
        rows = maps.transpose(1, 0, 2, 3).reshape(1, channels, -1, width)
        wide = replace(geometry, out=(batch * geometry.out[0], geometry.out[1]))
        found = convolve(context, operation.name, rows[0], kernel, added, wide, groups)
        found = found.reshape(-1, batch, geometry.out[0], found.shape[-1]).swapaxes(0, 1)
    else:
        found = np.stack(
            [convolve(context, operation.name, x, kernel, added, geometry, groups) for x in maps]
        )
    context.put(operation.outputs[0], found)


def convolve(
    context: Context,
    origin: str,
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    geometry: Geometry,
    groups: int,
) -> np.ndarray:
    """A convolution of a map ``(channels, height, width)``; returns addresses of such a map.

    ``weight`` is ``(filters, channels / groups, *kernel)``.
    """
    builder, filters = context.builder, len(weight)
    x, geometry = _within(x, geometry)
    if geometry.kernel == (1, 1) and groups == 1:
        x, weight, geometry = _folded_back(x, weight, geometry)
    channels = len(x)
    depthwise = groups == channels == len(weight) > 1
    order = np.arange(channels)
    if groups == 1 or depthwise:
        # Channels may come in any order: that of memory makes long runs.
        order = np.argsort(x.max(axis=(1, 2)), kind="stable")
        weight, bias = (weight[order], bias[order]) if depthwise else (weight[:, order], bias)
    source = builder.holding(x[order].transpose(1, 2, 0), origin)
    attributes: dict[str, Attribute] = {**LINEAR, **geometry.attributes(x.shape[1:], channels)}
    if not depthwise:
        attributes["groups"] = groups
    taps = weight.transpose(0, 2, 3, 1).reshape(filters, -1)
    constants = {"weight": taps.astype(np.float32), "bias": bias.astype(np.float32)}
    height, width = geometry.out
    op = "depthwise_conv2d" if depthwise else "conv2d"
    (y,) = builder.add(op, origin, {"x": source}, {"y": height * width * filters}, constants, attributes)
    found = y.reshape(height, width, filters).transpose(2, 0, 1)
    return found[np.argsort(order)] if depthwise else found


def _within(x: np.ndarray, geometry: Geometry) -> tuple[np.ndarray, Geometry]:
    """A map that each window meets: with its padding, where a window lies wholly in that."""
    outside = any(
        begin > (kernel - 1) * dilation or (out - 1) * stride - begin >= size
        for begin, kernel, dilation, out, stride, size in zip(
            geometry.begin,
            geometry.kernel,
            geometry.dilation,
            geometry.out,
            geometry.stride,
            x.shape[1:],
            strict=True,
        )
    )
    return _padded(x, geometry) if outside else (x, geometry)


def _padded(x: np.ndarray, geometry: Geometry) -> tuple[np.ndarray, Geometry]:
    """A map with zeros around it, so that all windows are within."""
    whole = np.pad(x, _widths(x, geometry), constant_values=ZERO)
    return whole, replace(geometry, begin=(0, 0))


def _widths(x: np.ndarray, geometry: Geometry) -> list[tuple[int, int]]:
    """How far windows reach over the edges of a map, before and behind each of its axes."""
    widths = [(0, 0)]
    for axis, size in enumerate(x.shape[1:]):
        reach = (geometry.kernel[axis] - 1) * geometry.dilation[axis] + 1
        end = (geometry.out[axis] - 1) * geometry.stride[axis] + reach - geometry.begin[axis]
        widths.append((geometry.begin[axis], max(0, end - size)))
    return widths


def _folded_back(
    x: np.ndarray, weight: np.ndarray, geometry: Geometry
) -> tuple[np.ndarray, np.ndarray, Geometry]:
    """Where channels were unfolded from neighbouring columns: the map before, and a wider kernel over it."""
    channels, height, width = x.shape
    if geometry.stride != (1, 1) or geometry.begin != (0, 0) or width < 2:
        return x, weight, geometry
    for taps in (taps for taps in (3, 5, 7) if channels % taps == 0):
        unfolded = x.reshape(channels // taps, taps, height, width)
        middle, reach = unfolded[:, taps // 2], taps // 2
        padded = np.pad(middle, ((0, 0), (0, 0), (reach, reach)), constant_values=ZERO)
        if all((unfolded[:, tap] == padded[..., tap : tap + width]).all() for tap in range(taps)):
            kernel = weight.reshape(len(weight), channels // taps, taps, 1, 1)
            kernel = kernel.transpose(0, 1, 3, 4, 2).reshape(len(weight), channels // taps, 1, taps)
            wider = Geometry((1, taps), (1, 1), (1, 1), (0, reach), geometry.out)
            return middle, kernel, wider
    return x, weight, geometry


@rule("MaxPool")
def _max_pool(context: Context, operation: Operation) -> None:
    """A window that reaches over an edge holds the values at that edge, so these may stand beyond it too."""
    maps, geometry = _pooled(context, operation)
    whole = np.pad(maps, _widths(maps, geometry), "edge")
    found = _pool(context, operation, "max_pool", whole, replace(geometry, begin=(0, 0)))
    context.put(operation.outputs[0], found)


@rule("AveragePool")
def _average_pool(context: Context, operation: Operation) -> None:
    """Of a window that reaches over an edge, the padding counts or the share within the map alone does."""
    maps, geometry = _pooled(context, operation)
    whole, inner = _padded(maps, geometry)
    found = _pool(context, operation, "average_pool", whole, inner)
    if whole.size > maps.size and not operation.attributes.get("count_include_pad"):
        if context.builder.result.dtype != DType.F32:
            raise Obstacle.at(operation, "it averages integers over an edge", "pool without padding")
        found = affine(context.builder, found, 1 / _shares(maps, geometry), 0.0, operation.name)
    context.put(operation.outputs[0], found)


def _pooled(context: Context, operation: Operation) -> tuple[np.ndarray, Geometry]:
    """The maps that an operation pools, and its windows."""
    index = context.place(operation.inputs[0])
    geometry = Geometry.of(operation, context.shape(operation.outputs[0])[2:])
    if geometry.dilation != (1, 1):
        raise Obstacle.at(operation, "its windows are dilated", "let them take neighbours")
    return index.reshape(-1, *two(index.shape[2:], 1)), geometry


def _pool(
    context: Context, operation: Operation, op: str, maps: np.ndarray, geometry: Geometry
) -> np.ndarray:
    source = context.builder.holding(maps.transpose(1, 2, 0), operation.name)
    window = geometry.attributes(maps.shape[1:], len(maps))
    del window["dilation"]
    height, width = geometry.out
    size = {"y": height * width * len(maps)}
    (y,) = context.builder.add(op, operation.name, {"x": source}, size, {}, window)
    found: np.ndarray = y.reshape(height, width, len(maps))
    return found.transpose(2, 0, 1)


def _shares(maps: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Which share of each window lies within the map, ``(height, width)``."""
    shares = []
    for axis, size in enumerate(maps.shape[1:]):
        kernel, stride, begin = geometry.kernel[axis], geometry.stride[axis], geometry.begin[axis]
        places = np.arange(geometry.out[axis])[:, None] * stride - begin + np.arange(kernel)
        shares.append(((places >= 0) & (places < size)).mean(axis=1))
    return np.outer(*shares)
