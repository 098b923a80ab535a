"""A graph of ONE frame: what goes in, what comes out, and what is kept until the next one.

All names are C identifiers, because the emitter writes them into C as they stand.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.operator import OPS, ports_of, require, stored_constants
from ossicle.graph.task import Task
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import FP32, DType, Precision

LARGEST_GRAPH = 1 << 26
"""Values of all tensors of a frame: far more than any firmware, and no more than a computer holds."""
SMALLEST_SCALE = 2.0**-100
"""Of integers; its inverse, the largest one, is a float32 too."""
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True)
class State:
    """A tensor kept between frames: read as ``input``, replaced by ``output``, zero after a reset.

    Codes are then those of zero, the zero point.

    All nodes of a frame read the old value as ``input``, also those that run after the new one is written.
    """

    input: str
    output: str


@dataclass(frozen=True)
class Graph:
    """One frame of a network: what its task makes of the newest samples in, its results out."""

    name: str
    task: Task
    inputs: tuple[str, ...]
    """Names of the tensors that the task gives."""
    outputs: tuple[str, ...]
    """Names of the tensors that the task takes."""
    states: tuple[State, ...]
    tensors: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    """In the order of execution."""

    @property
    def parameters(self) -> int:
        """Number of weights and biases of a float graph."""
        arrays = [array for node in self.nodes for array in node.constants.values()]
        return sum(array.size for array in arrays if array.dtype.kind == "f")

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one frame's matrix-vector products."""
        return sum(
            node.constants[matrix.weight].size * OPS[node.op].weight_reuse(node)
            for node in self.nodes
            for matrix in OPS[node.op].matrices
        )

    @property
    def quantized(self) -> bool:
        """Whether any node computes in another precision than fp32."""
        return any(precision != FP32 for node in self.nodes for precision in node.precisions)

    def tensors_of(self, ports: Mapping[str, str]) -> list[Tensor]:
        """The tensors at a node's ports, in their order."""
        return [self.tensors[name] for name in ports.values()]


def check(graph: Graph) -> None:
    """Raise :class:`OssicleError` where a graph is not one that the later stages can trust."""
    _check_names(graph)
    for name, tensor in graph.tensors.items():
        _check_tensor(name, tensor)
    values = sum(tensor.size for tensor in graph.tensors.values())
    if values > LARGEST_GRAPH:
        raise OssicleError(f"graph: its tensors have {values:,} values, more than {LARGEST_GRAPH:,}")
    _check_ends(graph)
    known = {*graph.inputs, *(state.input for state in graph.states)}
    for node in graph.nodes:
        _check_ports(graph, node, known)
        check_precisions(node, node.precisions)
        _check_attributes(node)
        _check_constants(node)
        OPS[node.op].check(node, graph.tensors_of(node.inputs), graph.tensors_of(node.outputs))
        known.update(node.outputs.values())
    for name in [*graph.outputs, *(state.output for state in graph.states)]:
        if name not in known:
            raise OssicleError(f"graph: nothing writes {name!r}")


def _check_names(graph: Graph) -> None:
    nodes = {node.name for node in graph.nodes}
    for name in [graph.name, *graph.tensors, *nodes]:
        if not IDENTIFIER.fullmatch(name):
            raise OssicleError(f"graph: {name!r} is not a name of small letters, digits and underscores")
    if len(nodes) != len(graph.nodes) or nodes & set(graph.tensors):
        raise OssicleError("graph: two of its nodes and tensors share a name")


def _check_tensor(name: str, tensor: Tensor) -> None:
    codes = {DType.S8: range(-128, 128)}.get(tensor.dtype, range(1))
    sizes = tensor.shape and all(type(size) is int and size > 0 for size in tensor.shape)
    if not (sizes and SMALLEST_SCALE <= tensor.scale <= 1 / SMALLEST_SCALE and tensor.zero_point in codes):
        raise OssicleError(f"graph: tensor {name!r} has an impossible shape, scale or zero point")


def _check_ends(graph: Graph) -> None:
    """What enters and leaves the graph is known, is what the task needs, and is written once."""
    first = [*graph.inputs, *(state.input for state in graph.states)]
    for name in [*first, *graph.outputs, *(state.output for state in graph.states)]:
        _known(graph, name)
    if len(set(first)) < len(first):
        raise OssicleError("graph: two of its inputs and states are one tensor")
    for state in graph.states:
        if not graph.tensors[state.input].alike(graph.tensors[state.output]):
            raise OssicleError(f"graph: state {state.input!r} changes its type from frame to frame")
    for name in graph.outputs:
        if name in first or graph.outputs.count(name) > 1:
            raise OssicleError(f"graph: the output {name!r} must be written by a node, and named once")
    _check_task(graph)


def _check_task(graph: Graph) -> None:
    """What enters and leaves the graph is f32, and is what its task needs."""
    task = graph.task
    for kind, names, sizes in (("input", graph.inputs, task.inputs), ("output", graph.outputs, task.outputs)):
        if not names or (sizes is not None and len(names) != len(sizes)):
            count = 1 if sizes is None else len(sizes)
            needed = f"one {kind}" if count == 1 else f"{count} {kind}s"
            raise OssicleError(f"graph: its task needs {needed}, and it has {len(names)}")
        for index, name in enumerate(names):
            tensor = graph.tensors[name]
            if tensor != Tensor(tensor.shape) or (sizes is not None and tensor.size != sizes[index]):
                values = f" with {sizes[index]} values" if sizes else ""
                raise OssicleError(f"graph: {name!r} must be f32{values}, as its task needs")


def _check_ports(graph: Graph, node: Node, known: set[str]) -> None:
    """A node has the ports of its operator, reads what is written already, and writes what is not."""
    op = OPS.get(node.op)
    if op is None:
        raise OssicleError(
            f"graph: node {node.name!r} has the unknown operator {node.op!r}; "
            f"this version knows {', '.join(OPS)}"
        )
    for kind, ports, declared in (("reads", node.inputs, op.inputs), ("writes", node.outputs, op.outputs)):
        fits = tuple(ports) == ports_of(declared, ports)
        require(fits, node, f"it {kind} {', '.join(declared)} and has {', '.join(ports)}")
    for name in node.inputs.values():
        _known(graph, name)
        if name not in known:
            raise OssicleError(f"graph: node {node.name!r} reads {name!r} before it is written")
    for name in node.outputs.values():
        _known(graph, name)
        if name in known:
            raise OssicleError(f"graph: tensor {name!r} is written twice")


def _known(graph: Graph, name: str) -> None:
    if name not in graph.tensors:
        raise OssicleError(f"graph: tensor {name!r} is used and not declared")


def check_precisions(node: Node, precisions: tuple[Precision, ...]) -> None:
    """Raise :class:`OssicleError` where a node's products cannot have these precisions."""
    products = len(OPS[node.op].matrices)
    require(len(precisions) in (0, products), node, f"it needs {products} precisions, not {len(precisions)}")
    kinds = {precision.weight_bits > 0 or precision.name for precision in precisions}
    require(len(kinds) <= 1, node, f"its products cannot mix the precisions of {node.precision}")


def _check_attributes(node: Node) -> None:
    for name, value in node.attributes.items():
        numbers = value if isinstance(value, tuple) else (value,)
        finite = all(map(_is_finite, numbers))
        require(
            isinstance(value, str) or finite, node, f"its attribute {name!r} is no text, number or numbers"
        )
    rounding = node.attributes.get("rounding", Rounding.ONCE)
    require(rounding in set(Rounding), node, f"its rounding {rounding!r} is none of {', '.join(Rounding)}")


def _is_finite(number: object) -> bool:
    if isinstance(number, int):
        return abs(number) < 1 << 63
    return isinstance(number, float) and math.isfinite(number)


def _check_constants(node: Node) -> None:
    """Constants must be what the node's precisions store, finite and in range."""
    expected = {name: (kept.dtype, kept.shape) for name, kept in stored_constants(node).items()}
    found = {name: (array.dtype.name, array.shape) for name, array in node.constants.items()}
    if found != expected:
        wrong = sorted(name for name in found.keys() | expected if found.get(name) != expected.get(name))
        raise OssicleError(
            f"graph: node {node.name!r} ({node.precision}) has missing or unfit constants: {', '.join(wrong)}"
        )
    for name, array in node.constants.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise OssicleError(f"graph: {name!r} of node {node.name!r} holds NaN or infinity")
    for index, matrix in enumerate(OPS[node.op].matrices):
        if node.integer:
            multiplier, shift = node.constants[matrix.multiplier], node.constants[matrix.shift]
            if multiplier.min() < 0 or shift.min() < 1 or shift.max() > 62:
                raise OssicleError(f"graph: node {node.name!r} has a fixed-point factor out of range")
            largest = node.product(index).largest_weight
            if np.abs(node.constants[matrix.weight], dtype=np.int32).max() > largest:
                raise OssicleError(f"graph: node {node.name!r} has a weight beyond {largest}")
