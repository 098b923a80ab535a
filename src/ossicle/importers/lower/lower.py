"""From a network to a graph."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ossicle.graph.graph import Graph, State
from ossicle.graph.task import Task
from ossicle.graph.types import Node
from ossicle.importers.fold import folded
from ossicle.importers.lower import (
    convolution,
    dense,
    einsum,
    elementwise,
    fourier,
    movement,
    recurrent,
    reduction,
    transposed,
)
from ossicle.importers.lower.builder import RESERVED, Builder, identifier
from ossicle.importers.lower.context import RULES, Context
from ossicle.importers.lower.integer_types import type_of
from ossicle.importers.lower.integers import lower_operation
from ossicle.importers.lower.states import Layout, ages, better_layout, written
from ossicle.importers.lower.unknown import unknown
from ossicle.importers.network import Network
from ossicle.importers.obstacle import fitting
from ossicle.numerics.fixed_point import Rounding

FAMILIES = (convolution, dense, einsum, elementwise, fourier, movement, recurrent, reduction, transposed)
"""The modules whose rules are known once they are imported."""
ROUNDS = 2
"""How often the layout of the states is chosen again, from what the network does with the last one."""


@dataclass(frozen=True)
class Place:
    """Where a value of the network lies in the graph: numbers of some tensors, one after the other."""

    tensors: tuple[str, ...]
    index: np.ndarray
    """Place of each number in them, of the value's shape; -1 for a number that is constant."""


@dataclass(frozen=True)
class Lowered:
    """A graph, and what of it came from where."""

    graph: Graph
    origins: Mapping[str, str]
    """The name in the file that each node and tensor was made for."""
    places: Mapping[str, Place]
    """Of each value of the network that the graph computes."""


@dataclass(frozen=True)
class _Run:
    """A network lowered with one layout of its states."""

    context: Context
    states: tuple[State, ...]
    better: Layout
    """A layout of the states that moves less, as far as this run tells."""
    ages: np.ndarray
    """For how many steps each number of the states was there."""
    given: tuple[str, ...]
    """The inputs of the network that are no states."""
    outputs: Mapping[str, str]
    """Names in the graph of the outputs of the network that are no states."""

    @property
    def moved(self) -> int:
        """Numbers that gathers copy."""
        builder = self.context.builder
        return sum(builder.tensors[name].size for name in builder.copies.values())


def lower(
    network: Network,
    task: Task,
    rounding: Rounding = Rounding.FLOAT32,
    variables: Collection[str] = frozenset(),
) -> Lowered:
    """The graph of one step of a network; raises :class:`Obstacle` at an operator that it cannot be made of.

    ``rounding`` is that of integers which the network has already; ``variables`` are names that the C of
    platforms uses itself.
    """
    reserved = RESERVED | task.record.variables | task.record.constants | frozenset(variables)
    sizes = [int(np.prod(network.values[state.input].shape)) for state in network.states]
    runs = [_run(network, Layout.as_given(sizes), rounding, reserved)]
    if sizes:
        runs.append(_run(network, Layout.as_given(sizes, runs[0].ages), rounding, reserved))
        for _ in range(ROUNDS):
            runs.append(_run(network, runs[-1].better, rounding, reserved))
    return _finished(min(runs, key=lambda found: found.moved), task)


def _run(network: Network, layout: Layout, rounding: Rounding, reserved: Collection[str]) -> _Run:
    context = Context(network, Builder(rounding=rounding, reserved=reserved))
    builder = context.builder
    states = {state.input: state.output for state in network.states}
    given = tuple(value for value in network.inputs if value not in states)
    for value in given:
        context.put(value, builder.tensor(builder.name(value), _size(network, value)))
    taken = [value for value in network.outputs if value not in states.values()]
    outputs = {value: builder.name(value) for value in taken}
    kept = [builder.name(_owner(network, layout, part)) for part in range(len(layout.sizes))]
    types = [type_of(network.values[_owner(network, layout, part)]) for part in range(len(kept))]
    held = [builder.tensor(*part) for part in zip(kept, layout.sizes, types, strict=True)]
    starts = np.array([part[0] for part in held], np.int64)
    old = starts[layout.part] + layout.offset if held else np.arange(0)
    at = 0
    for value in states:
        context.put(value, old[at : at + _size(network, value)])
        at += _size(network, value)
    for operation in network.operations:
        if operation.op not in RULES:
            raise unknown(operation)
        with fitting(operation.name, operation.op):
            lower_operation(context, operation)
    new = np.concatenate([np.arange(0), *(context.place(value).reshape(-1) for value in states.values())])
    sizes = [_size(network, value) for value in states]
    better = better_layout(builder, new, sizes)
    pairs = [
        State(name, written(builder, layout, new, part, f"{builder.origins[name]}_next"))
        for part, name in enumerate(kept)
    ]
    return _Run(context, tuple(pairs), better, ages(old, new), given, outputs)


def _size(network: Network, value: str) -> int:
    return int(np.prod(network.values[value].shape))


def _owner(network: Network, layout: Layout, part: int) -> str:
    """The state of the network whose numbers lie in a tensor of the graph."""
    ends = np.cumsum([_size(network, state.input) for state in network.states])
    first = int(np.flatnonzero(layout.part == part)[0])
    return network.states[int(np.searchsorted(ends, first, side="right"))].input


def _finished(run: _Run, task: Task) -> Lowered:
    context, network = run.context, run.context.network
    builder = context.builder
    inputs = tuple(builder.addresses.tensor(int(context.place(value).flat[0])).name for value in run.given)
    names = _named_outputs(run)
    shapes = dict(zip(inputs, (network.values[value].shape for value in run.given), strict=True))
    shapes |= {name: network.values[builder.origins[output]].shape for name, output in names.items()}
    tensors = {
        names.get(name, name): replace(tensor, shape=shapes.get(name, tensor.shape))
        for name, tensor in builder.tensors.items()
    }
    nodes = tuple(_renamed(node, names) for node in builder.nodes)
    states = tuple(replace(state, output=names.get(state.output, state.output)) for state in run.states)
    graph = Graph(identifier(network.name), task, inputs, tuple(names.values()), states, tensors, nodes)
    graph = folded(graph)
    places = {value: _place(context, value, names) for value in context.places}
    known = {value: place for value, place in places.items() if set(place.tensors) <= set(graph.tensors)}
    return Lowered(graph, builder.origins, known)


def _named_outputs(run: _Run) -> dict[str, str]:
    """The tensors that hold the outputs of the network, each with the name that the output gives it."""
    builder = run.context.builder
    names: dict[str, str] = {}
    for value, name in run.outputs.items():
        builder.result = type_of(run.context.network.values[value])
        tensor = builder.computed(run.context.place(value), value)
        if tensor in names:
            tensor = builder.copied(run.context.place(value), value)
        names[tensor] = name
    return names


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    ports = (node.inputs, node.outputs)
    inputs, outputs = ({port: names.get(name, name) for port, name in of.items()} for of in ports)
    return replace(node, inputs=inputs, outputs=outputs)


def _place(context: Context, value: str, names: Mapping[str, str]) -> Place:
    index = context.places[value]
    found = context.builder.addresses.tensors(index)
    within, total = np.full(index.shape, -1), 0
    for place in found:
        inside = (index >= place.start) & (index < place.start + place.size)
        within[inside] = index[inside] - place.start + total
        total += place.size
    return Place(tuple(names.get(place.name, place.name) for place in found), within)
