"""A graph of ONE streaming step: what goes in for one frame, what comes out, and what is kept in between.

All names are C identifiers, because the emitter writes them into C as they stand.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.operator import OPS
from ossicle.graph.task import Task
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import PRECISIONS, DType

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True)
class State:
    """A tensor kept between steps: read as ``input``, replaced by ``output``, zero after a reset."""

    input: str
    output: str


@dataclass(frozen=True)
class Graph:
    """One streaming step of a network: what its task makes of the newest samples in, its results out."""

    name: str
    task: Task
    input: str
    output: str
    states: tuple[State, ...]
    tensors: Mapping[str, Tensor]
    nodes: tuple[Node, ...]

    @property
    def parameters(self) -> int:
        """Number of weights and biases of a float graph."""
        return sum(array.size for node in self.nodes for array in node.constants.values())

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one step's matrix-vector products."""
        return sum(
            node.constants[matrix.weight].size * OPS[node.op].uses(node)
            for node in self.nodes
            for matrix in OPS[node.op].matrices
        )

    @property
    def quantized(self) -> bool:
        """Whether any node computes in another precision than fp32."""
        return any(node.precision != "fp32" for node in self.nodes)


def check(graph: Graph) -> None:
    """Raise :class:`OssicleError` where a graph is not one that the later stages can trust."""
    nodes = {node.name for node in graph.nodes}
    for name in [graph.name, *graph.tensors, *nodes]:
        if not IDENTIFIER.fullmatch(name):
            raise OssicleError(f"graph: {name!r} is not a name of small letters, digits and underscores")
    if len(nodes) != len(graph.nodes) or nodes & set(graph.tensors):
        raise OssicleError("graph: two of its nodes and tensors share a name")
    for name, tensor in graph.tensors.items():
        _check_tensor(name, tensor)
    state_names = [name for state in graph.states for name in (state.input, state.output)]
    for name in [graph.input, graph.output, *state_names]:
        _known(graph, name)
    for state in graph.states:
        if graph.tensors[state.input] != graph.tensors[state.output]:
            raise OssicleError(f"graph: state {state.input!r} changes its type from step to step")
    for name, size in ((graph.input, graph.task.inputs), (graph.output, graph.task.outputs)):
        if graph.tensors[name] != Tensor(size):
            raise OssicleError(f"graph: {name!r} must be f32 with {size} values, as its task needs")
    known = {graph.input, *(state.input for state in graph.states)}
    for node in graph.nodes:
        if node.op not in OPS:
            raise OssicleError(
                f"graph: node {node.name!r} has the unknown operator {node.op!r}; "
                f"this version knows {', '.join(OPS)}"
            )
        for name in node.inputs:
            _known(graph, name)
            if name not in known:
                raise OssicleError(f"graph: node {node.name!r} reads {name!r} before it is written")
        for name in node.outputs:
            _known(graph, name)
            if name in known:
                raise OssicleError(f"graph: tensor {name!r} is written twice")
        _check_arrays(node)
        OPS[node.op].check(
            node, [graph.tensors[n] for n in node.inputs], [graph.tensors[n] for n in node.outputs]
        )
        known.update(node.outputs)
    for name in [graph.output, *(state.output for state in graph.states)]:
        if name not in known:
            raise OssicleError(f"graph: nothing writes {name!r}")


def _check_tensor(name: str, tensor: Tensor) -> None:
    codes = {DType.S8: range(-128, 128), DType.S16: range(1)}.get(tensor.dtype, range(1))
    if not (tensor.size > 0 and 0 < tensor.scale < math.inf and tensor.zero_point in codes):
        raise OssicleError(f"graph: tensor {name!r} has an impossible size, scale or zero point")


def _known(graph: Graph, name: str) -> None:
    if name not in graph.tensors:
        raise OssicleError(f"graph: tensor {name!r} is used and not declared")


def check_precision(node: Node) -> None:
    """Raise :class:`OssicleError` where a node has no precision that its products can have."""
    names = node.precision.split("+")
    known = len(names) in (1, len(OPS[node.op].matrices)) and all(name in PRECISIONS for name in names)
    if not known or len({PRECISIONS[name].weight_bits > 0 or name for name in names}) > 1:
        raise OssicleError(f"graph: node {node.name!r} has the unknown precision {node.precision!r}")


def _check_arrays(node: Node) -> None:
    """Constants must be what the node's precision stores, and finite."""
    check_precision(node)
    matrices = OPS[node.op].matrices
    expected: dict[str, tuple[str, tuple[int, ...]]] = {}
    for index, matrix in enumerate(matrices):
        shape = np.shape(node.constants.get(matrix.weight, 0.0))
        if len(shape) != 2 or 0 in shape:
            raise OssicleError(f"graph: node {node.name!r} lacks the matrix {matrix.weight!r}")
        expected |= {
            name: (kind, shape if name == matrix.weight else shape[:1])
            for name, kind in matrix.storage(node.product(index)).items()
        }
    found = {name: (array.dtype.name, array.shape) for name, array in node.constants.items()}
    if found != expected:
        wrong = sorted(name for name in found.keys() | expected if found.get(name) != expected.get(name))
        raise OssicleError(
            f"graph: node {node.name!r} ({node.precision}) has missing or unfit constants: {', '.join(wrong)}"
        )
    for name, array in node.constants.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise OssicleError(f"graph: {name!r} of node {node.name!r} holds NaN or infinity")
    for index, matrix in enumerate(matrices):
        if node.integer:
            multiplier, shift = node.constants[matrix.multiplier], node.constants[matrix.shift]
            if multiplier.min() < 0 or shift.min() < 1 or shift.max() > 62:
                raise OssicleError(f"graph: node {node.name!r} has a fixed-point factor out of range")
            largest = node.product(index).largest_weight
            if np.abs(node.constants[matrix.weight], dtype=np.int32).max() > largest:
                raise OssicleError(f"graph: node {node.name!r} has a weight beyond {largest}")
