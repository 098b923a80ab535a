"""Who writes and who reads each tensor of a graph."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ossicle.graph.graph import Graph
from ossicle.graph.types import Node

Join = Callable[[Node, Node], Node | None]
"""One node in the place of two, of which the second reads the first's result; None where there is none."""


def join_pairs(graph: Graph, join: Join) -> Graph:
    """Replace each pair of nodes that ``join`` can make one, if nobody else reads what passes between them.

    The joined node reads what the first does, and writes what the second does, in the place of the second.
    """
    kept = {*graph.outputs, *(state.output for state in graph.states)}
    readers = Counter(name for node in graph.nodes for name in set(node.inputs.values()))
    nodes: dict[str, Node] = {}
    writers: dict[str, str] = {}
    for node in graph.nodes:
        for name in set(node.inputs.values()):
            first = nodes.get(writers.get(name, ""))
            if first is None or readers[name] > 1 or name in kept or len(first.outputs) > 1:
                continue
            joined = join(first, node)
            if joined is not None:
                del nodes[first.name]
                node = joined
        nodes[node.name] = node
        writers |= dict.fromkeys(node.outputs.values(), node.name)
    return with_nodes(graph, list(nodes.values()))


def without_unread(graph: Graph) -> Graph:
    """Drop nodes whose results nobody reads."""
    needed = {*graph.outputs, *(state.output for state in graph.states)}
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if needed & set(node.outputs.values()):
            kept.append(node)
            needed |= set(node.inputs.values())
    return with_nodes(graph, kept[::-1])


def with_nodes(graph: Graph, nodes: Sequence[Node]) -> Graph:
    """A graph of these nodes, and of the tensors that they read and write."""
    used = {name for node in nodes for name in (*node.inputs.values(), *node.outputs.values())}
    used |= {*graph.inputs, *(state.input for state in graph.states)}
    tensors = {name: tensor for name, tensor in graph.tensors.items() if name in used}
    return replace(graph, nodes=tuple(nodes), tensors=tensors)
