"""The memory plan of a frame: fields that keep their values, and scratch, which buffers share in turn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ossicle.errors import OssicleError
from ossicle.graph import DType, Graph, Node, State
from ossicle.graph.operator import OPS
from ossicle.graph.task import TaskBuffer
from ossicle.kernels import Kernels
from ossicle.lowering import PORTABLE, Lowered, lower

ALIGNMENT = 4
TANH_TABLE_BYTES = 2 * 513
C_TYPES = {
    DType.F32: "float",
    DType.F16: "osc_half_t",
    DType.S8: "int8_t",
    DType.S16: "int16_t",
    DType.S32: "int32_t",
}
C_SIZES = {"float": 4, "int32_t": 4, "uint32_t": 4, "osc_half_t": 2, "int16_t": 2, "uint16_t": 2, "int8_t": 1}


@dataclass(frozen=True)
class Buffer:
    """A C array at a byte offset; its live range is from time ``first`` to time ``last`` of a frame."""

    name: str
    c_type: str
    count: int
    first: int
    last: int
    offset: int = 0

    @property
    def bytes(self) -> int:
        """Size in bytes."""
        return self.count * C_SIZES[self.c_type]


ScratchBuffers = Callable[[Node], Iterable[tuple[str, str, int]]]
"""Name, C type and element count of the buffers that a node needs while it runs."""
Order = Callable[[Buffer], tuple[int, int, str]]
ORDERS: tuple[Order, ...] = (
    lambda buffer: (-buffer.bytes, buffer.first, buffer.name),
    lambda buffer: (buffer.first - buffer.last, -buffer.bytes, buffer.name),
    lambda buffer: (buffer.first, -buffer.bytes, buffer.name),
)
"""Turns in which scratch buffers are placed: the largest, the longest in use, or the earliest first."""


@dataclass(frozen=True)
class Plan:
    """Where all lies in the state struct: its fields, then the scratch area with its buffers.

    Times are those of :class:`ossicle.graph.task.TaskBuffer`.
    """

    fields: tuple[Buffer, ...]
    scratch: tuple[Buffer, ...]
    scratch_offset: int
    scratch_bytes: int
    fields_of: Mapping[str, str] = field(hash=False)
    """Name of the field that holds a state, by the tensors of the state that it holds."""
    copied_states: tuple[State, ...]
    """States whose new value has a buffer of its own, and replaces the old one when all nodes have run.

    They come in an order in which no field is overwritten before it is read.
    """

    @property
    def state_bytes(self) -> int:
        """Size of the whole state struct, the scratch area included."""
        return self.scratch_offset + self.scratch_bytes

    def buffer(self, name: str) -> Buffer:
        """A field or scratch buffer by name, its offset counted from the start of the struct."""
        for buffer in self.fields:
            if buffer.name == name:
                return buffer
        for buffer in self.scratch:
            if buffer.name == name:
                return _at(buffer, self.scratch_offset + buffer.offset)
        raise KeyError(name)


def one_core_scratch(lowered: Lowered) -> Iterable[tuple[str, str, int]]:
    """What a node needs where one core computes all of it."""
    if words := lowered.scratch_words:
        yield scratch_name(lowered.node), "int32_t" if lowered.node.integer else "float", words


def scratch_name(node: Node) -> str:
    """Name of a node's own scratch buffer."""
    return f"{node.name}_scratch"


def plan(graph: Graph, reuse: bool = True, kernels: Kernels = PORTABLE) -> Plan:
    """Lay out a graph for one core that calls ``kernels``.

    Without ``reuse`` all buffers keep their values, for a look inside after a frame.
    """
    return lay_out(graph, reuse, lambda node: one_core_scratch(lower(node, graph.tensors, kernels)))


def lay_out(graph: Graph, reuse: bool, scratch_of: ScratchBuffers) -> Plan:
    """Lay out a graph whose nodes need some buffers besides their tensors."""
    fields, end = _fields(graph)
    in_place = _in_place(graph)
    buffers = _scratch_buffers(graph, in_place, scratch_of)
    placed = min((_place(buffers, order, reuse) for order in ORDERS), key=_end_of)
    return Plan(
        fields,
        tuple(sorted(placed, key=lambda b: (b.first, b.name))),
        _aligned(end),
        _aligned(_end_of(placed)),
        {state.input: state.input for state in graph.states}
        | {state.output: state.input for state in in_place},
        _in_copy_order([state for state in graph.states if state not in in_place]),
    )


def _in_place(graph: Graph) -> list[State]:
    """States whose new value overwrites the old one while the node that computes it runs.

    That needs a kernel that can, and nobody who reads the old value later.
    """
    readers: dict[str, int] = {state.output: len(graph.nodes) for state in graph.states}
    for number, node in enumerate(graph.nodes):
        for name in node.inputs.values():
            readers[name] = max(readers.get(name, 0), number)
    written = {
        name: (number, node.inputs.get(OPS[node.op].in_place.get(port, "")))
        for number, node in enumerate(graph.nodes)
        for port, name in node.outputs.items()
    }
    return [
        state
        for state in graph.states
        if written.get(state.output, (0, None))[1] == state.input
        and readers[state.input] <= written[state.output][0]
    ]


def _in_copy_order(states: Sequence[State]) -> tuple[State, ...]:
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


def _fields(graph: Graph) -> tuple[tuple[Buffer, ...], int]:
    """Fields, the widest types first so that no gaps arise; and where they end."""
    tensors = [(state.input, graph.tensors[state.input]) for state in graph.states]
    fields = _buffers(graph.task.record.fields(graph))
    fields += [Buffer(name, C_TYPES[tensor.dtype], tensor.size, 0, 0) for name, tensor in tensors]
    placed, end = [], 0
    for buffer in sorted(fields, key=lambda buffer: -C_SIZES[buffer.c_type]):
        placed.append(_at(buffer, end))
        end += buffer.bytes
    return tuple(placed), end


def _buffers(of_task: Iterable[TaskBuffer]) -> list[Buffer]:
    return [Buffer(of.name, of.c_type, of.count, of.first, of.last) for of in of_task]


def _scratch_buffers(graph: Graph, in_place: Sequence[State], scratch_of: ScratchBuffers) -> list[Buffer]:
    first_node = 3
    last = first_node + len(graph.nodes)
    in_fields = {state.input for state in graph.states} | {state.output for state in in_place}
    written = dict.fromkeys(graph.inputs, 2)
    ends = (*graph.outputs, *(state.output for state in graph.states))
    read = dict.fromkeys(graph.inputs, 2) | dict.fromkeys(ends, last)
    buffers = []
    for time, node in enumerate(graph.nodes, first_node):
        for name in node.inputs.values():
            read[name] = max(read.get(name, 0), time)
        for name in node.outputs.values():
            written[name] = time
            read.setdefault(name, time)
        buffers += [Buffer(name, c_type, count, time, time) for name, c_type, count in scratch_of(node)]
    buffers += [
        Buffer(name, C_TYPES[graph.tensors[name].dtype], graph.tensors[name].size, written[name], read[name])
        for name in written
        if name not in in_fields
    ]
    return [*buffers, *_buffers(graph.task.record.scratch(graph, last))]


def _place(buffers: Sequence[Buffer], order: Order, reuse: bool) -> list[Buffer]:
    """The buffers at their offsets, each as low as it can lie when its turn comes."""
    placed: list[Buffer] = []
    for buffer in sorted(buffers, key=order):
        placed.append(_at(buffer, _lowest_offset(buffer, placed, reuse)))
    return placed


def _end_of(placed: Sequence[Buffer]) -> int:
    """Bytes up to the end of the last buffer."""
    return max(buffer.offset + buffer.bytes for buffer in placed)


def _lowest_offset(buffer: Buffer, placed: list[Buffer], reuse: bool) -> int:
    """First fit among the buffers that are in use at the same time."""
    offset = 0
    for other in sorted(placed, key=lambda other: other.offset):
        together = not reuse or (other.first <= buffer.last and buffer.first <= other.last)
        if together and other.offset < offset + buffer.bytes and offset < other.offset + other.bytes:
            offset = _aligned(other.offset + other.bytes)
    return offset


def _at(buffer: Buffer, offset: int) -> Buffer:
    return Buffer(buffer.name, buffer.c_type, buffer.count, buffer.first, buffer.last, offset)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
