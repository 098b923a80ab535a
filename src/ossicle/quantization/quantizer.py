"""The pass that gives a float graph its precisions: types of tensors, conversions, stored constants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, State, Tensor, check
from ossicle.graph.calibration import Calibration, Moments, product_name
from ossicle.graph.operator import OPS, Bounds
from ossicle.numerics.encoding import to_half
from ossicle.numerics.formats import FP16, DType
from ossicle.ops.convert import CONVERSIONS
from ossicle.quantization.integer import integer_constants
from ossicle.quantization.ranges import bounds
from ossicle.quantization.schemes import with_precisions

INTEGERS = (DType.S8, DType.S16)


def quantize(
    graph: Graph,
    precisions: str | Mapping[str, str],
    calibration: Calibration,
) -> Graph:
    """Give each node of a float graph its precision, and place the conversions that this needs.

    ``precisions`` is a scheme, or the precision of each node by its name. ``calibration`` is what
    :func:`calibrate` saw of the float graph; without integers it is not read.
    """
    chosen = with_precisions(graph, precisions, calibration)
    if any(node.integer for node in chosen):
        _check_calibration(graph, calibration)
    quantizer = _Quantizer(graph, chosen, bounds(graph, calibration.spans), calibration.moments)
    for node in chosen:
        quantizer.add(node)
    quantized = quantizer.finish()
    check(quantized)
    return quantized


def _check_calibration(graph: Graph, calibration: Calibration) -> None:
    products = [
        product_name(node.name, matrix.weight) for node in graph.nodes for matrix in OPS[node.op].matrices
    ]
    missing = [name for name in graph.tensors if name not in calibration.spans]
    missing += [name for name in products if name not in calibration.moments]
    if missing:
        raise OssicleError(
            f"model {graph.name!r} has no calibration of {', '.join(missing)}, which integers need; that of "
            "model files of format 2 is too little for them. Give recordings: ossicle quantize --calibration"
        )


class _Quantizer:
    """Collects the quantized graph, node by node, in execution order."""

    def __init__(
        self, graph: Graph, chosen: Sequence[Node], bounds: Bounds, moments: Mapping[str, Moments]
    ) -> None:
        self.graph, self.bounds, self.moments = graph, bounds, moments
        self.nodes: list[Node] = []
        self.conversions: dict[tuple[str, Tensor], str] = {}
        """What holds a tensor in another type and scale: each is converted once."""
        self.required = _required_types(graph, chosen, passed_on=False)
        self.floats = _read_as_floats(graph)
        self.required_in_the_end = _required_types(graph, chosen, passed_on=True)
        self.tensors: dict[str, Tensor] = {name: graph.tensors[name] for name in graph.inputs}
        written = {name: node for node in chosen for name in node.outputs.values()}
        self.states = {
            state.input: self.state_tensor(state, written.get(state.output)) for state in graph.states
        }
        self.new_states = {state.output: self.states[state.input] for state in graph.states}
        self.tensors |= self.states

    def state_tensor(self, state: State, writer: Node | None) -> Tensor:
        """Type of a state: that of the products that write it, or else the required one.

        What is computed from its own old value needs 16 bits, and what is only moved there does not.
        """
        if writer is not None and OPS[writer.op].matrices:
            ports = list(writer.outputs.values())
            return self.product_outputs(writer)[ports.index(state.output)]
        needed = self.required_in_the_end.get(state.input)
        dtype = needed if needed in INTEGERS else DType.F32
        if writer is not None and dtype != DType.F32:
            dtype = DType.S16
        if writer is not None and OPS[writer.op].moves:
            dtype = self.required.get(state.input, dtype)
        return self.encode(state.input, dtype)

    def add(self, node: Node) -> None:
        """Append one node of the chosen precision, and before it the conversions of its inputs."""
        if OPS[node.op].matrices:
            self.multiply(node)
        else:
            self.preserve_type(node)

    def product_outputs(self, node: Node) -> tuple[Tensor, ...]:
        """The outputs of a node that has products."""
        outputs = tuple(self.graph.tensors_of(node.outputs))
        if not node.integer:
            return tuple(replace(tensor, dtype=node.product(0).operand) for tensor in outputs)
        # A result that is to become a float keeps 16 bits.
        found = [self.required.get(name, DType.S16) for name in node.outputs.values()]
        required = [dtype if dtype in INTEGERS else DType.S16 for dtype in found]
        return OPS[node.op].integer_outputs(node, outputs, required, self.bounds)

    def multiply(self, node: Node) -> None:
        """Append a node that has products, each with its operand in the type of its precision."""
        op, outputs = OPS[node.op], self.product_outputs(node)
        inputs = dict(node.inputs)
        for index, matrix in enumerate(op.matrices):
            if matrix.operand in inputs:
                name, wanted = node.inputs[matrix.operand], node.product(index).operand
                inputs[matrix.operand] = self.as_type(name, wanted)
        constants = dict(node.constants)
        if node.integer:
            scale = op.product_scale(node, outputs)
            ports = {port: self.tensors[name] for port, name in inputs.items()}
            ports |= zip(node.outputs, outputs, strict=True)
            for index, matrix in enumerate(op.matrices):
                operand = ports[matrix.operand]
                moments = self.moments[product_name(node.name, matrix.weight)]
                constants |= integer_constants(
                    matrix, constants, node.product(index), operand, scale, moments, op.recurrent
                )
        elif node.product(0) == FP16:
            constants = {name: to_half(array) for name, array in constants.items()}
        self.append(replace(node, inputs=inputs, constants=constants), outputs)

    def preserve_type(self, node: Node) -> None:
        """Append a type-preserving node.

        What only nodes read that compute in float is computed in float from one input: that takes no more
        conversions, and powers that a root or a logarithm reads keep their small values.
        """
        op = OPS[node.op]
        common = self.common_type(list(node.inputs.values()))
        if op.moves:
            common = self.required.get(next(iter(node.outputs.values())), common)
        early = len(node.inputs) == 1 and not op.moves and self.floats.issuperset(node.outputs.values())
        if early or common not in op.preserved_types(node):
            common = DType.F32
        if op.moves:
            inputs = self.alike(node, common)
        else:
            inputs = {port: self.as_type(name, common) for port, name in node.inputs.items()}
        sources = [self.tensors[name] for name in inputs.values()]
        outputs = op.preserved_outputs(node, sources, self.graph.tensors_of(node.outputs), self.bounds)
        constants = op.encoded(node, sources, outputs)
        self.append(replace(node, inputs=inputs, constants=constants), outputs)

    def common_type(self, names: Sequence[str]) -> DType:
        """The type that tensors are brought to for a node that reads them together.

        Floats that products read as integers too stand for such beside other integers, in 16 bits.
        """
        found = {name: self.tensors[name].dtype for name in names}
        floats = [name for name, dtype in found.items() if dtype == DType.F32]
        if len(floats) < len(found) and all(self.required.get(name) in INTEGERS for name in floats):
            found |= dict.fromkeys(floats, DType.S16)
        return _common(list(found.values()))

    def alike(self, node: Node, dtype: DType) -> dict[str, str]:
        """Inputs of a node that moves them, all of one scale: their own, or that of what it writes."""
        (y,) = node.outputs.values()
        first, *others = (replace(self.tensors[name], shape=()) for name in node.inputs.values())
        if y in self.new_states and self.new_states[y].dtype == dtype:
            wanted = self.new_states[y]
        elif first.dtype == dtype and all(other == first for other in others):
            wanted = first
        else:
            wanted = self.encode(y, dtype)
        return {
            port: self.as_tensor(name, wanted, f"{node.name}_{port}") for port, name in node.inputs.items()
        }

    def append(self, node: Node, outputs: Sequence[Tensor]) -> None:
        """Append a node as it is, with the types of what it writes."""
        self.tensors |= zip(node.outputs.values(), outputs, strict=True)
        self.nodes.append(node)

    def as_type(self, name: str, dtype: DType) -> str:
        """Name of the tensor that holds ``name`` of the float graph as ``dtype``, converted if it is new."""
        found = self.tensors[name].dtype
        if found == dtype:
            return name
        if found == DType.S32:
            raise OssicleError(
                f"{name!r} is the cell of an LSTM, which integers keep in 32 bits for its next frame alone; "
                "leave it out of the network's outputs, or keep the layer in fp16"
            )
        converted = f"{name}_{dtype}"
        if converted not in self.tensors:
            source = name if (found, dtype) in CONVERSIONS else self.as_type(name, DType.F32)
            self.convert(source, converted, self.encode(name, dtype))
        return converted

    def as_tensor(self, name: str, wanted: Tensor, converted: str) -> str:
        """Name of the tensor that holds ``name`` in type and scale of another: ``converted`` if it is new."""
        found, tensor = self.tensors[name], replace(wanted, shape=self.tensors[name].shape)
        if found == tensor:
            return name
        if tensor.dtype not in INTEGERS:
            return self.as_type(name, tensor.dtype)
        source = name if (found.dtype, tensor.dtype) in CONVERSIONS else self.as_type(name, DType.F32)
        if (source, tensor) not in self.conversions:
            self.convert(source, converted, tensor)
        return self.conversions[source, tensor]

    def convert(self, name: str, converted: str, tensor: Tensor) -> None:
        """Append the conversion of a tensor to another one."""
        self.append(Node("convert", f"to_{converted}", {"x": name}, {"y": converted}), [tensor])
        self.conversions[name, tensor] = converted

    def encode(self, name: str, dtype: DType) -> Tensor:
        """Type of a tensor of the float graph as ``dtype``, which spans what calibration saw of it."""
        of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}.get(dtype)
        shape = self.graph.tensors[name].shape
        return of(shape, *self.bounds(name, dtype)) if of else Tensor(shape, dtype)

    def replace_state(self, state: State) -> State:
        """The state whose new value has the type of the old one, converted where it has another."""
        wanted = self.states[state.input]
        return State(state.input, self.as_tensor(state.output, wanted, f"{state.input}_kept"))

    def finish(self) -> Graph:
        """The graph, its outputs converted back to float."""
        states = tuple(self.replace_state(state) for state in self.graph.states)
        outputs = tuple(self.as_type(name, DType.F32) for name in self.graph.outputs)
        return replace(
            self.graph, states=states, outputs=outputs, tensors=self.tensors, nodes=tuple(self.nodes)
        )


def _required_types(graph: Graph, chosen: Sequence[Node], passed_on: bool) -> dict[str, DType]:
    """The required type of each tensor that products read, by its name: the narrowest that suffices for all.

    That includes those that read it where it is moved to. With ``passed_on``, it also includes those that
    read what nodes without products, and states, make of it.
    """
    passing = [node for node in chosen if OPS[node.op].moves or (passed_on and not OPS[node.op].matrices)]
    moved = {name for node in passing for name in node.outputs.values()}
    states = [state for state in graph.states if passed_on or state.output in moved]
    readers: dict[str, set[DType]] = {name: set() for name in graph.tensors}
    for node in chosen:
        for index, matrix in enumerate(OPS[node.op].matrices):
            if matrix.operand in node.inputs:
                readers[node.inputs[matrix.operand]].add(node.product(index).operand)
    # Once more for each state, since the types of one may depend on those of another.
    for _ in range(len(states) + 1):
        for node in reversed(passing):
            read = set().union(*(readers[name] for name in node.outputs.values()))
            for name in node.inputs.values():
                readers[name] |= read
        for state in states:
            readers[state.output] |= readers[state.input]
    return {name: _common(types) for name, types in readers.items() if types}


def _read_as_floats(graph: Graph) -> set[str]:
    """Tensors that only nodes without integer forms read, also by way of other nodes without products."""
    ends = {*graph.outputs, *(state.output for state in graph.states)}
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in node.inputs.values():
            readers.setdefault(name, []).append(node)
    found: set[str] = set()

    def floats(node: Node) -> bool:
        op = OPS[node.op]
        only = not op.matrices and not set(INTEGERS) & set(op.preserved_types(node))
        return only or (not op.matrices and found.issuperset(node.outputs.values()))

    for node in reversed(graph.nodes):
        for name in node.outputs.values():
            if name in readers and name not in ends and all(map(floats, readers[name])):
                found.add(name)
    return found


def _common(types: Collection[DType]) -> DType:
    """The type that tensors of several types are brought to."""
    if len(set(types)) == 1:
        return next(iter(types))
    return DType.S16 if set(types) <= set(INTEGERS) else DType.F32
