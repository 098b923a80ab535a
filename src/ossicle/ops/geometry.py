"""Filters that slide over a feature map, height x width x channels, the channels of a point side by side."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np

from ossicle.graph.operator import require
from ossicle.graph.types import Attribute, Node, Tensor

ATTRIBUTES = {"map": 3, "kernel": 2, "stride": 2, "pad": 2, "out": 2}
"""Attributes of a node with a convolution geometry, and how many numbers each holds."""


@dataclass(frozen=True)
class ConvolutionGeometry:
    """Sizes of a feature map and of the filters over it; a node holds them as attributes.

    They are ``map`` (height, width, channels), and of height and width each ``kernel``, ``stride``, ``pad``
    (above and to the left) and ``out``. Output position ``(i, j)`` has its first tap at row
    ``i * stride_height - pad_top``, and at a column likewise. What lies outside of the map counts as zero.
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

    @classmethod
    def of(cls, node: Node) -> "ConvolutionGeometry":
        """The geometry of a node; raises :class:`OssicleError` where its attributes describe none."""
        parts = [_whole_numbers(node.attributes.get(name), count) for name, count in ATTRIBUTES.items()]
        require(all(parts), node, f"it needs the attributes {', '.join(ATTRIBUTES)}, in whole numbers")
        sizes = [size for part in parts for size in part]
        geometry = cls(*sizes)
        padding = min(geometry.pad_top, geometry.pad_left)
        require(padding >= 0 and min(s for s in sizes if s) > 0, node, "its sizes must be positive")
        require(
            geometry._meets_map(),
            node,
            "one of its output positions lies outside of the map, or a size is zero",
        )
        return geometry

    @property
    def attributes(self) -> Mapping[str, tuple[int, ...]]:
        """What a node of this geometry holds."""
        sizes = iter(astuple(self))
        return {name: tuple(next(sizes) for _ in range(count)) for name, count in ATTRIBUTES.items()}

    def _meets_map(self) -> bool:
        """Whether each output position has a point of the map under it."""
        down = (self.height, self.kernel_height, self.stride_height, self.pad_top, self.out_height)
        across = (self.width, self.kernel_width, self.stride_width, self.pad_left, self.out_width)
        return self.channels > 0 and all(
            min(size, kernel, stride, out) > 0 and pad < kernel and (out - 1) * stride - pad < size
            for size, kernel, stride, pad, out in (down, across)
        )

    @property
    def size(self) -> int:
        """Values of the map."""
        return self.height * self.width * self.channels

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
        bottom = (self.out_height - 1) * self.stride_height - self.pad_top + self.kernel_height > self.height
        right = (self.out_width - 1) * self.stride_width - self.pad_left + self.kernel_width > self.width
        return self.pad_top > 0 or self.pad_left > 0 or bottom or right

    @property
    def contiguous(self) -> bool:
        """Whether the values under a filter lie side by side in the map."""
        return not self.padded and (self.kernel_height == 1 or self.kernel_width == self.width)

    def im2col(self, x: np.ndarray, outside: float = 0) -> np.ndarray:
        """Values under the filters, from maps ``(..., size)``: ``(..., positions, taps * channels)``."""
        rows = np.arange(self.out_height)[:, None] * self.stride_height - self.pad_top
        columns = np.arange(self.out_width)[:, None] * self.stride_width - self.pad_left
        rows, columns = rows + np.arange(self.kernel_height), columns + np.arange(self.kernel_width)
        rows, columns = rows[:, None, :, None], columns[None, :, None, :]
        inside = (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        point = np.where(inside, rows * self.width + columns, self.height * self.width)
        points = x.reshape(*x.shape[:-1], -1, self.channels)
        edge = np.full((*points.shape[:-2], 1, self.channels), outside, x.dtype)
        under = np.concatenate([points, edge], axis=-2)[..., point, :]
        return under.reshape(*x.shape[:-1], self.positions, -1)


def _whole_numbers(value: Attribute | None, count: int) -> tuple[int, ...]:
    """The whole numbers of an attribute; none where it holds anything else than ``count`` of them."""
    given = value if isinstance(value, tuple) else ()
    numbers = tuple(number for number in given if type(number) is int)
    return numbers if len(numbers) == len(given) == count else ()


def check_map(
    node: Node, geometry: ConvolutionGeometry, source: Tensor, target: Tensor, channels: int
) -> None:
    """Raise where the tensors that a node reads and writes have other shapes than its maps."""
    shape = (geometry.height, geometry.width, geometry.channels)
    require(source.shape == shape, node, f"its map is {shape} and its input {source.shape}")
    shape = (geometry.out_height, geometry.out_width, channels)
    require(target.shape == shape, node, f"its filters give {shape} and its output is {target.shape}")


def flat_map(values: np.ndarray) -> np.ndarray:
    """Maps ``(..., positions, channels)`` as vectors."""
    return values.reshape(*values.shape[:-2], -1)
