"""Data movement: each value of the output is one of the inputs', or zero.

``y[i] = concatenation(x0, x1, ...)[index[i]]``, and 0 where the constant ``index``, int32 ``(size of y,)``,
holds -1. The attribute ``sizes`` has the size of each input. Transposing, slicing, concatenating, padding,
splitting and repeating are all this operator. It works in f32, f16, int8 and int16, and all of its tensors
have one type and scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Axes, Bounds, Kept, Op, Role, Stored, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.ops.gather.lower import gather_calls, gather_overlays, gather_tables

TYPES = (DType.F32, DType.F16, DType.S8, DType.S16)


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    index, (y,) = node.constants.get("index", np.zeros(0, np.int32)), outputs
    require(index.size == y.size, node, f"its index has {index.size} entries and its output {y.size}")
    sizes = tuple(x.size for x in inputs)
    given = node.attributes.get("sizes")
    require(given == sizes, node, f"its attribute 'sizes' is {given} and its inputs have {sizes} values")
    total = sum(sizes)
    inside = index.min() >= -1 and index.max() < total
    require(inside, node, f"its index reaches outside of its inputs, which have {total} values")
    alike = len({replace(tensor, shape=()) for tensor in (*inputs, y)}) == 1 and y.dtype in TYPES
    require(alike, node, "its inputs and its output differ in type or scale")


def _parameters(node: Node) -> Mapping[str, Stored]:
    return {"index": Stored(Role.PARAMETER, "int32", (np.size(node.constants.get("index", 0)),))}


def _preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (replace(inputs[0], shape=outputs[0].shape),)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    zero = np.full((*inputs[0].shape[:-1], 1), outputs[0].zero_point, inputs[0].dtype)
    return [np.concatenate([*inputs, zero], axis=-1)[..., node.constants["index"]]]


def _axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """A value goes with the one that it is; a zero goes by itself."""
    index = node.constants["index"]
    ports = [port for port in tensors if port in node.inputs]
    ends = np.cumsum([0, *(tensors[port].size for port in ports)])
    y = np.where(index < 0, ends[-1] + np.arange(index.size), index)
    sources = {port: np.arange(*ends[at : at + 2]) for at, port in enumerate(ports)}
    return Axes({**sources, "y": y}, {"index": (y,)})


def _narrowed(node: Node, kept: Kept) -> Node:
    left = [kept[port] for port in node.inputs]
    place = np.append(np.cumsum(np.concatenate(left)) - 1, -1)
    index = place[node.constants["index"]].astype(np.int32)
    sizes = tuple(int(of.sum()) for of in left)
    return replace(node, constants={"index": index}, attributes={**node.attributes, "sizes": sizes})


GATHER = register(
    Op(
        "gather",
        ("x*",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        gather_calls,
        overlays=gather_overlays,
        parameters=_parameters,
        preserved_types=lambda node: TYPES,
        preserved_outputs=_preserved_outputs,
        moves=True,
        tables=gather_tables,
        axes=_axes,
        narrowed=_narrowed,
    )
)
