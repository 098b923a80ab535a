"""Tensors that share a scale because nodes only move values from one to another."""

from collections.abc import Sequence

from ossicle.graph import Graph
from ossicle.graph.calibration import Span
from ossicle.graph.operator import OPS


def scale_sources(graph: Graph) -> dict[str, tuple[str, ...]]:
    """For each tensor of a float graph, those whose values its integers have to span.

    That is the tensor itself, with these exceptions. What keeps the scale of a single input follows that
    input. What is moved together from several inputs has one scale with those that nothing else reads, and
    with states: their old values would otherwise be rounded again in every frame. So has the new value of a
    state with the old one, unless a matrix product decides.
    """
    states = {state.output: state.input for state in graph.states}
    followed = _followed(graph)

    def origin(name: str) -> str:
        while name in followed:
            name = followed[name]
        return name

    groups = {origin(name): {origin(name)} for name in graph.tensors}

    def join(first: str, second: str) -> None:
        merged = groups[origin(first)] | groups[origin(second)]
        groups.update(dict.fromkeys(merged, merged))

    joining = {
        y: node
        for node in graph.nodes
        if OPS[node.op].moves
        for y in node.outputs.values()
        if y not in followed
    }
    elsewhere = {
        origin(name)
        for node in graph.nodes
        if not (followed.keys() | joining.keys()) & set(node.outputs.values())
        for name in node.inputs.values()
    }
    for y, node in joining.items():
        for name in map(origin, node.inputs.values()):
            if name in states.values() or name not in elsewhere:
                join(y, name)

    decided = {y for node in graph.nodes if OPS[node.op].matrices for y in node.outputs.values()}
    for y in states.keys() - decided:
        join(y, states[y])

    def sources(name: str) -> tuple[str, ...]:
        group = groups[origin(name)]
        return tuple(sorted(group - joining.keys() or group))

    return {name: sources(name) for name in graph.tensors}


def _followed(graph: Graph) -> dict[str, str]:
    """The input whose scale a tensor has, by the tensor."""
    replacing = {state.output for state in graph.states}
    found = {}
    for node in graph.nodes:
        (x, *more), (y, *_) = node.inputs.values(), node.outputs.values()
        alone = OPS[node.op].moves and not more and y not in replacing
        if OPS[node.op].keeps_scale or alone:
            found[y] = x
    return found


def hull(spans: Sequence[Span]) -> Span:
    """The span that holds all of some."""
    return Span(
        min(span.low for span in spans),
        max(span.high for span in spans),
        min(span.s8_low for span in spans),
        max(span.s8_high for span in spans),
        max(span.s16 for span in spans),
    )
