"""What operators share that compute each value of their output from few values of their inputs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ossicle.graph.operator import Axes, Bounds, Kept, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType

INTEGERS = (DType.S8, DType.S16)
MULTIPLIER_BITS = {DType.S8: 20, DType.S16: 13}
"""Such that two terms and a half fit into an int32; see :func:`ossicle.numerics.fixed_point.one_shift`."""


def calibrated(node: Node, dtype: DType, output: Tensor, bounds: Bounds) -> Tensor:
    """The output ``y`` of a node in an element type, with the range that calibration saw."""
    of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}.get(dtype)
    return of(output.shape, *bounds(node.outputs["y"], dtype)) if of else Tensor(output.shape, dtype)


def check_same(node: Node, inputs: Sequence[Tensor], output: Tensor, types: Collection[DType]) -> None:
    """Raise where inputs differ from an output in size or element type, or that is none of ``types``."""
    sizes = [tensor.size for tensor in inputs]
    alike = all(size == output.size for size in sizes)
    require(alike, node, f"its inputs have {sizes} values and its output {output.size}")
    found = [tensor.dtype for tensor in (*inputs, output)]
    possible = len(set(found)) == 1 and output.dtype in types
    require(possible, node, f"it works in {', '.join(types)}, and its tensors are {', '.join(found)}")


def sizes_of(node: Node, count: int) -> tuple[int, ...]:
    """The attribute ``shape`` of a node: so many sizes."""
    shape = node.attributes.get("shape")
    given = shape if isinstance(shape, tuple) else ()
    sizes = tuple(size for size in given if isinstance(size, int) and size > 0)
    require(len(sizes) == len(given) == count, node, f"its attribute 'shape' is {shape}, not {count} sizes")
    return sizes


def inner_of(node: Node) -> int:
    """How many values in turn each constant, or value of a second input, stands for."""
    inner = node.attributes.get("inner", 1)
    require(isinstance(inner, int) and inner > 0, node, f"its attribute 'inner' is {inner}")
    assert isinstance(inner, int)
    return inner


def repeated(node: Node, values: np.ndarray, size: int) -> np.ndarray:
    """What goes with each of ``size`` values: entry ``(i // inner) % p`` of values ``(..., p)``."""
    inner = inner_of(node)
    return values[..., np.arange(size) // inner % values.shape[-1]]


def repeated_axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """Of a node whose tensors and constants are of one size, or repeated (:func:`repeated`).

    All values that a repeated one stands for go with it. A single one for all of them always stays.
    """
    sizes = [tensor.size for tensor in tensors.values()] + [of.size for of in node.constants.values()]
    most, some = max(sizes), min((size for size in sizes if size > 1), default=1)
    whole = np.arange(most) // inner_of(node) % some if some < most else np.arange(most)

    def of(size: int) -> np.ndarray:
        return {most: whole, some: np.arange(some)}.get(size, np.full(size, -1))

    constants = {name: (of(array.size),) for name, array in node.constants.items()}
    return Axes({port: of(tensor.size) for port, tensor in tensors.items()}, constants)


def narrowed_repeats(node: Node, kept: Kept) -> Node:
    """What is repeated goes with all that it stands for; of a single value, nothing has to be counted."""
    sizes = [of.size for of in (*node.constants.values(), *kept.values())]
    attributes = {name: of for name, of in node.attributes.items() if name != "inner" or min(sizes) > 1}
    return replace(node, attributes=attributes)


def saturated(values: np.ndarray, target: Tensor) -> np.ndarray:
    """Integers as codes of a tensor, whose zero point is added."""
    limits = np.iinfo(target.dtype.numpy)
    codes: np.ndarray = np.clip(values + target.zero_point, limits.min, limits.max)
    return codes.astype(limits.dtype)
