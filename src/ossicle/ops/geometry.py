"""Filters that slide over a feature map, height x width x channels, the channels of a point side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from ossicle.graph.operator import Axes, Kept, require
from ossicle.graph.types import Attribute, Node, Tensor

ATTRIBUTES = {"map": 3, "kernel": 2, "stride": 2, "pad": 2, "out": 2, "dilation": 2, "groups": 1}
"""Attributes of a node with a convolution geometry, and how many numbers each holds."""
USUAL: Mapping[str, Attribute] = {"dilation": (1, 1), "groups": 1}
"""Of those that a node may leave out."""


@dataclass(frozen=True)
class Axis:
    """Filters along one axis of a map."""

    size: int
    kernel: int
    stride: int
    pad: int
    out: int
    dilation: int

    @property
    def meets_map(self) -> bool:
        """Whether each output position has a tap in the map.

        With taps further apart than the map is long, only a single one may begin before it.
        """
        if min(self.size, self.kernel, self.stride, self.out, self.dilation) == 0:
            return False
        within = self.pad <= (self.kernel - 1) * self.dilation and self._last < self.size
        single = self.out == 1 and -self.pad % self.dilation < self.size
        return within and (self.pad == 0 or self.dilation <= self.size or single)

    @property
    def padded(self) -> bool:
        """Whether a filter reaches over an end of the map."""
        return self.pad > 0 or self._last + (self.kernel - 1) * self.dilation >= self.size

    @property
    def taps(self) -> np.ndarray:
        """Points of the map under each output position, ``(out, kernel)``; some may lie outside of it."""
        first = np.arange(self.out)[:, None] * self.stride - self.pad
        return first + np.arange(self.kernel) * self.dilation

    @property
    def _last(self) -> int:
        """Where the last output position has its first tap."""
        return (self.out - 1) * self.stride - self.pad


@dataclass(frozen=True)
class ConvolutionGeometry:
    """Sizes of a feature map and of the filters over it; a node holds them as attributes.

    They are ``map`` (height, width, channels), and of height and width each ``kernel``, ``stride``, ``pad``
    (above and to the left), ``out`` and ``dilation``, which is how far apart the taps are. Output position
    ``(i, j)`` has its first tap at row ``i * stride_height - pad_top``, and at a column likewise. What lies
    outside of the map counts as zero. Of as many ``groups`` of channels, each is for filters of its own.
    """

    height: int
    width: int
    channels: int
    kernel_height: int
    kernel_width: int
    stride_height: int
    stride_width: int
    pad_top: int
    pad_left: int
    out_height: int
    out_width: int
    dilation_height: int = 1
    dilation_width: int = 1
    groups: int = 1

    @classmethod
    def of(cls, node: Node) -> "ConvolutionGeometry":
        """The geometry of a node; raises :class:`OssicleError` where its attributes describe none."""
        given: dict[str, Attribute] = {**USUAL, **node.attributes}
        parts = [_whole_numbers(given.get(name), count) for name, count in ATTRIBUTES.items()]
        needed = [name for name in ATTRIBUTES if name not in USUAL]
        require(all(parts), node, f"it needs the attributes {', '.join(needed)}, in whole numbers")
        sizes = [size for part in parts for size in part]
        geometry = cls(*sizes)
        padding = min(geometry.pad_top, geometry.pad_left)
        require(padding >= 0 and min(s for s in sizes if s) > 0, node, "its sizes must be positive")
        inside = geometry._meets_map()
        require(inside, node, "one of its output positions lies outside of the map, or a size is zero")
        whole = geometry.channels % geometry.groups == 0
        require(whole, node, f"its {geometry.channels} channels are no {geometry.groups} groups")
        return geometry

    @property
    def attributes(self) -> Mapping[str, int | tuple[int, ...]]:
        """What a node of this geometry holds."""
        sizes: dict[str, int | tuple[int, ...]] = {
            "map": (self.height, self.width, self.channels),
            "kernel": (self.kernel_height, self.kernel_width),
            "stride": (self.stride_height, self.stride_width),
            "pad": (self.pad_top, self.pad_left),
            "out": (self.out_height, self.out_width),
            "dilation": (self.dilation_height, self.dilation_width),
            "groups": self.groups,
        }
        return {name: value for name, value in sizes.items() if value != USUAL.get(name)}

    @property
    def sizes(self) -> tuple[int, ...]:
        """What ``osc_geometry_t`` holds, whose channels are those of a group."""
        tap_step, row_step = self.dilation_width, self.dilation_height * self.width
        return (
            *(self.height, self.width, self.group_channels),
            *(self.kernel_height, self.kernel_width, self.stride_height, self.stride_width),
            *(self.pad_top, self.pad_left, self.out_height, self.out_width),
            *(self.dilation_height, self.dilation_width),
            *(self.channels, tap_step * self.channels, row_step * self.channels),
        )

    def _meets_map(self) -> bool:
        """Whether each output position has a tap in the map."""
        return min(self.channels, self.groups) > 0 and all(axis.meets_map for axis in self.axes)

    @property
    def axes(self) -> tuple["Axis", "Axis"]:
        """Height and width."""
        down = (self.height, self.kernel_height, self.stride_height, self.pad_top, self.out_height)
        across = (self.width, self.kernel_width, self.stride_width, self.pad_left, self.out_width)
        return Axis(*down, self.dilation_height), Axis(*across, self.dilation_width)

    @property
    def size(self) -> int:
        """Values of the map."""
        return self.height * self.width * self.channels

    @property
    def group_channels(self) -> int:
        """Channels that the filters of a group read."""
        return self.channels // self.groups

    @property
    def columns(self) -> int:
        """Values that a filter multiplies at an output position."""
        return self.taps * self.group_channels

    @property
    def taps(self) -> int:
        """Of a filter."""
        return self.kernel_height * self.kernel_width

    @property
    def positions(self) -> int:
        """Number of output positions."""
        return self.out_height * self.out_width

    @property
    def padded(self) -> bool:
        """Whether a filter reaches over an edge of the map."""
        return any(axis.padded for axis in self.axes)

    @property
    def contiguous(self) -> bool:
        """Whether the values under a filter lie side by side in the map."""
        across = self.kernel_width == 1 or self.dilation_width == 1
        down = self.kernel_height == 1 or (self.kernel_width == self.width and self.dilation_height == 1)
        return not self.padded and across and down and (self.groups == 1 or self.taps == 1)

    @property
    def step(self) -> int:
        """Values from each output position to the next where all lie in the map evenly; otherwise 0."""
        across, down = self.stride_width * self.channels, self.stride_height * self.width * self.channels
        even = self.out_height == 1 or down == self.out_width * across
        if self.out_width == 1:
            return down if self.contiguous else 0
        return across if self.contiguous and even else 0

    @property
    def inner(self) -> range:
        """Output positions of one row whose values lie side by side in the map, one step after another."""
        row = self.kernel_height == self.out_height == 1
        whole = self.kernel_width == 1 or (self.dilation_width == 1 and self.groups == 1)
        first = -(-self.pad_left // self.stride_width)
        end = (self.width + self.pad_left - self.kernel_width) // self.stride_width + 1
        return range(first, max(first, min(end, self.out_width))) if row and whole else range(0)

    def im2col(self, x: np.ndarray, outside: float = 0) -> np.ndarray:
        """Values under the filters, from maps ``(..., size)``: ``(..., positions, taps * channels)``."""
        down, across = (axis.taps for axis in self.axes)
        rows, columns = down[:, None, :, None], across[None, :, None, :]
        inside = (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        point = np.where(inside, rows * self.width + columns, self.height * self.width)
        points = x.reshape(*x.shape[:-1], -1, self.channels)
        edge = np.full((*points.shape[:-2], 1, self.channels), outside, x.dtype)
        under = np.concatenate([points, edge], axis=-2)[..., point, :]
        return under.reshape(*x.shape[:-1], self.positions, -1)

    def im2col_groups(self, x: np.ndarray, outside: float = 0) -> np.ndarray:
        """The same for the filters of each group, of shape ``(..., positions, groups, columns)``."""
        under = self.im2col(x, outside)
        taps = under.reshape(*under.shape[:-1], self.taps, self.groups, self.group_channels)
        return taps.swapaxes(-3, -2).reshape(*under.shape[:-1], self.groups, self.columns)


def _whole_numbers(value: Attribute | None, count: int) -> tuple[int, ...]:
    """The whole numbers of an attribute; none where it holds anything else than ``count`` of them."""
    given = value if isinstance(value, tuple) else (value,)
    numbers = tuple(number for number in given if type(number) is int)
    return numbers if len(numbers) == len(given) == count else ()


def check_map(
    node: Node, geometry: ConvolutionGeometry, source: Tensor, target: Tensor, channels: int
) -> None:
    """Raise where the tensors that a node reads and writes have other sizes than its maps."""
    shape = (geometry.height, geometry.width, geometry.channels)
    require(source.size == geometry.size, node, f"its map is {shape} and its input {source.shape}")
    shape = (geometry.out_height, geometry.out_width, channels)
    require(target.size == prod(shape), node, f"its filters give {shape} and its output is {target.shape}")


def map_axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """Of a node whose output has the channels of its input: each goes as a whole."""
    channels = ConvolutionGeometry.of(node).channels
    return Axes({port: np.arange(tensor.size) % channels for port, tensor in tensors.items()})


def with_channels(node: Node, kept: Kept) -> Node:
    """A node over a map of which whole channels have gone, those that ``kept`` does not have at ``x``."""
    geometry = ConvolutionGeometry.of(node)
    channels = int(kept["x"].sum()) // (geometry.height * geometry.width)
    return replace(node, attributes={**node.attributes, **replace(geometry, channels=channels).attributes})


def flat_map(values: np.ndarray) -> np.ndarray:
    """Maps ``(..., positions, channels)`` as vectors."""
    return values.reshape(*values.shape[:-2], -1)
