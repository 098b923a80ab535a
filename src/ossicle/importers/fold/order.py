"""The order of nodes: who reads the old value of a state has its turn before who writes the new one."""

from dataclasses import replace

from ossicle.graph.graph import Graph, State
from ossicle.graph.types import Node
from ossicle.schedule.states import states_in_place


def read_states_first(graph: Graph) -> Graph:
    """Let nodes read the old value of a state before it is replaced, where fewer states are copied then."""
    for state in graph.states:
        changed = graph
        for node in graph.nodes:
            if state.input in node.inputs.values():
                changed = replace(changed, nodes=_with_reader_first(changed, node, state))
        graph = min(graph, changed, key=_copied)
    return graph


def _copied(graph: Graph) -> int:
    """Values of states that are copied when all nodes have run."""
    in_place = states_in_place(graph)
    return sum(graph.tensors[state.input].size for state in graph.states if state not in in_place)


def _with_reader_first(graph: Graph, reader: Node, state: State) -> tuple[Node, ...]:
    """The nodes with a reader of a state, and what it needs, before the node that writes the state.

    They stay as they are if the reader needs what that node does, or where more would have to be kept for
    longer than the state holds.
    """
    names = [node.name for node in graph.nodes]
    end = names.index(reader.name)
    writers = [at for at, node in enumerate(graph.nodes[:end]) if state.output in node.outputs.values()]
    if not writers:
        return graph.nodes
    (start,) = writers
    needed, first = set(reader.inputs.values()), {reader.name}
    for node in reversed(graph.nodes[start:end]):
        if needed & set(node.outputs.values()):
            needed |= set(node.inputs.values())
            first.add(node.name)
    after = graph.nodes[start:]
    moved = [node for node in after if node.name in first]
    kept = sum(tensor.size for node in moved for tensor in graph.tensors_of(node.outputs))
    if names[start] in first or kept > graph.tensors[state.input].size:
        return graph.nodes
    return (*graph.nodes[:start], *moved, *(node for node in after if node.name not in first))
