"""The memory plan of a frame: fields that keep their values, and scratch, which buffers share in turn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ossicle.graph import Graph, Node, State
from ossicle.graph.task import TaskBuffer
from ossicle.kernels import Kernels
from ossicle.lowering import PORTABLE, Lowered, lower
from ossicle.numerics.formats import DType
from ossicle.schedule.scratch import C_SIZES, Buffer, aligned, apart, height, place
from ossicle.schedule.states import in_copy_order, states_in_place

TANH_TABLE_BYTES = 2 * 513
C_TYPES = {
    DType.F32: "float",
    DType.F16: "osc_half_t",
    DType.S8: "int8_t",
    DType.S16: "int16_t",
    DType.S32: "int32_t",
}

ScratchBuffers = Callable[[Node], Iterable[tuple[str, str, int]]]
"""Name, C type and element count of the buffers that a node needs while it runs."""


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
                return replace(buffer, offset=self.scratch_offset + buffer.offset)
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
    in_place = states_in_place(graph)
    buffers = _scratch_buffers(graph, in_place, scratch_of)
    placed = place(buffers) if reuse else apart(buffers)
    return Plan(
        fields,
        tuple(sorted(placed, key=lambda b: (b.first, b.name))),
        aligned(end),
        height(placed),
        {state.input: state.input for state in graph.states}
        | {state.output: state.input for state in in_place},
        in_copy_order([state for state in graph.states if state not in in_place]),
    )


def _fields(graph: Graph) -> tuple[tuple[Buffer, ...], int]:
    """Fields, the widest types first so that no gaps arise; and where they end."""
    tensors = [(state.input, graph.tensors[state.input]) for state in graph.states]
    fields = _buffers(graph.task.record.fields(graph))
    fields += [Buffer(name, C_TYPES[tensor.dtype], tensor.size, 0, 0) for name, tensor in tensors]
    placed, end = [], 0
    for buffer in sorted(fields, key=lambda buffer: -C_SIZES[buffer.c_type]):
        placed.append(replace(buffer, offset=end))
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
