"""Where a node writes the new value of a state: over the old one, or into a buffer of its own."""

from collections.abc import Sequence

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, State
from ossicle.graph.operator import OPS, replaced_ports


def states_in_place(graph: Graph) -> list[State]:
    """States whose new value overwrites the old one when the node that computes it runs.

    Nobody may read the old value later; the node itself may, where its operator can overwrite what it reads.
    """
    last_read = {name: number for number, node in enumerate(graph.nodes) for name in node.inputs.values()}
    # What another state takes over is read when all nodes have run.
    last_read |= {state.output: len(graph.nodes) for state in graph.states}
    writers = {name: number for number, node in enumerate(graph.nodes) for name in node.outputs.values()}
    found: dict[str, State] = {}
    for state in graph.states:
        number, read = writers.get(state.output, -1), last_read.get(state.input, -1)
        if read < number or (read == number >= 0 and _overwrites(graph.nodes[number], state)):
            found.setdefault(state.output, state)
    return list(found.values())


def _overwrites(node: Node, state: State) -> bool:
    """Whether a node can read the old value of a state where it writes the new one."""
    (output,) = (port for port, name in node.outputs.items() if name == state.output)
    readers = {port for port, name in node.inputs.items() if name == state.input}
    overlaid = {old for new, old in OPS[node.op].overlays(node) if new == output}
    return replaced_ports(node).get(output) in readers or readers <= overlaid


def in_copy_order(states: Sequence[State]) -> tuple[State, ...]:
    """States in an order in which each old value is read before it is replaced."""
    left, ordered = list(states), []
    while left:
        # A state can be replaced as soon as no other one is still to take its old value.
        free = [s for s in left if not any(o.output == s.input for o in left if o is not s)]
        if not free:
            raise OssicleError(
                f"graph: the states {', '.join(state.input for state in left)} exchange their values; "
                "put a copy between them"
            )
        ordered += free
        left = [state for state in left if state not in free]
    return tuple(ordered)
