"""Transposed convolutions, as plain ones.

With stride ``s``, the outputs ``q * s + r`` of a phase ``r`` are those of a convolution of stride 1. The
phases together are one convolution of ``s`` times as many filters; its results at position ``q``, side by
side, are the ``s`` outputs there. What pads crop is not computed, but for less than ``s`` outputs at the end.
"""

import math
from dataclasses import dataclass

import numpy as np

from ossicle.importers.lower.context import Context, rule
from ossicle.importers.lower.convolution import Geometry, convolve, two
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle


@dataclass(frozen=True)
class Phases:
    """One axis of a transposed convolution, as phases of plain ones.

    Output ``q * stride + r`` is the sum over taps ``t`` of input ``q + first + t * dilation`` by kernel entry
    ``entries[r][t]``, where that is not None.
    """

    stride: int
    first: int
    dilation: int
    entries: tuple[tuple[int | None, ...], ...]

    @classmethod
    def of(cls, kernel: int, stride: int, dilation: int, crop: int) -> "Phases":
        """Of a kernel's entries; ``crop`` outputs are cut off at the beginning."""
        found: list[dict[int, int]] = []
        for phase in range(stride):
            places = {k: phase + crop - k * dilation for k in range(kernel)}
            found.append({place // stride: k for k, place in places.items() if place % stride == 0})
        offsets = sorted({offset for phase in found for offset in phase})
        step = math.gcd(*(offset - offsets[0] for offset in offsets)) or 1
        taps = range(offsets[0], offsets[-1] + 1, step)
        return cls(stride, offsets[0], step, tuple(tuple(phase.get(tap) for tap in taps) for phase in found))

    @property
    def taps(self) -> int:
        """How many inputs an output is the sum of."""
        return len(self.entries[0])


@rule("ConvTranspose")
def _transposed(context: Context, operation: Operation) -> None:
    weight = context.constant(operation.inputs[1])
    index, attributes = context.place(operation.inputs[0]), operation.attributes
    if weight is None or weight.ndim > 4:
        raise Obstacle.at(operation, "its weight is no constant of up to two axes", "export it as such")
    if attributes.get("auto_pad", "NOTSET") != "NOTSET":
        raise Obstacle.at(operation, "it pads automatically", "export it with pads")
    rank, groups = weight.ndim - 2, int(attributes.get("group", 1))
    bias = context.constant(operation.inputs[2]) if len(operation.inputs) > 2 else None
    filters = weight.shape[1] * groups
    added = np.zeros(filters, np.float32) if bias is None else bias
    pads = attributes.get("pads") or (0,) * (2 * rank)
    crop = pads[:rank]
    if attributes.get("output_shape"):
        raise Obstacle.at(operation, "its pads follow from its output's shape", "export it with pads")
    stride, dilation = (two(attributes.get(name) or (1,) * rank, 1) for name in ("strides", "dilations"))
    kernel = weight.reshape(*weight.shape[:2], *two(weight.shape[2:], 1))
    axes = [Phases.of(*sizes) for sizes in zip(kernel.shape[2:], stride, dilation, two(crop, 0), strict=True)]
    out = two(context.shape(operation.outputs[0])[2:], 1)
    maps = index.reshape(*index.shape[:2], *two(index.shape[2:], 1))
    found = [_one_map(context, operation.name, x, kernel, added, axes, out, groups) for x in maps]
    context.put(operation.outputs[0], np.stack(found))


def _one_map(
    context: Context,
    origin: str,
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    axes: list[Phases],
    out: tuple[int, int],
    groups: int,
) -> np.ndarray:
    down, across = axes
    plain = _plain_weight(weight, down, across, groups)
    added = np.broadcast_to(
        bias.reshape(groups, 1, 1, -1), (groups, down.stride, across.stride, len(bias) // groups)
    )
    begin = []
    for axis, phases in enumerate(axes, start=1):
        if phases.first > 0:
            x = np.take(x, np.arange(phases.first, x.shape[axis]), axis)
        begin.append(max(0, -phases.first))
    positions = (-(-out[0] // down.stride), -(-out[1] // across.stride))
    geometry = Geometry(
        (down.taps, across.taps), (1, 1), (down.dilation, across.dilation), (begin[0], begin[1]), positions
    )
    y = convolve(context, origin, x, plain, added.reshape(-1), geometry, groups)
    y = y.reshape(groups, down.stride, across.stride, -1, *positions).transpose(0, 3, 4, 1, 5, 2)
    whole = y.reshape(len(bias), positions[0] * down.stride, positions[1] * across.stride)
    return whole[:, : out[0], : out[1]]


def _plain_weight(weight: np.ndarray, down: Phases, across: Phases, groups: int) -> np.ndarray:
    """``(groups * phases * filters of a group, channels of a group, *taps)`` of all phases."""
    channels, filters = len(weight) // groups, weight.shape[1]
    grouped = weight.reshape(groups, channels, filters, *weight.shape[2:])
    shape = (groups, down.stride, across.stride, filters, channels, down.taps, across.taps)
    plain = np.zeros(shape, np.float32)
    for r, rows in enumerate(down.entries):
        for c, columns in enumerate(across.entries):
            for i, j in ((i, j) for i in range(down.taps) for j in range(across.taps)):
                row, column = rows[i], columns[j]
                if row is not None and column is not None:
                    plain[:, r, c, :, :, i, j] = grouped[..., row, column].swapaxes(1, 2)
    return plain.reshape(-1, channels, down.taps, across.taps)
