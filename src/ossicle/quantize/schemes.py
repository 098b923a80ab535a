"""The schemes, and the pass that applies one: precisions, conversions between them, stored constants."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ossicle.errors import OssicleError
from ossicle.graph import DType, Graph, Node, Tensor, check, check_precision
from ossicle.graph.calibration import Calibration, Moments, product_name
from ossicle.graph.operator import OPS, Bounds, Op
from ossicle.numerics.encoding import to_half
from ossicle.ops.convert import CONVERSIONS
from ossicle.quantize.integer import integer_constants
from ossicle.quantize.ranges import bounds

RECURRENT = ("lstm", "gru")

SCHEMES: dict[str, Callable[[Node], str]] = {
    "fp32": lambda node: "fp32",
    "fp16": lambda node: "fp16",
    "int8": lambda node: "w8a8",
    "mixed": lambda node: "w8a8" if node.op in RECURRENT else "fp16",
    "w8a16": lambda node: "w8a16",
    "w4a16": lambda node: "w4a16" if node.op in RECURRENT else "w8a16",
    "w16a16": lambda node: "w16a16",
}
"""Precision of each node by scheme; ``mixed`` is the published one (arXiv 2210.07692)."""


def scheme_precisions(graph: Graph, scheme: str) -> dict[str, str]:
    """Precision of each node of a float graph in a scheme."""
    if scheme not in SCHEMES:
        raise OssicleError(f"there is no scheme {scheme!r}; choose one of {', '.join(SCHEMES)}")
    return {node.name: SCHEMES[scheme](node) for node in graph.nodes if OPS[node.op].matrices}


def quantize(
    graph: Graph,
    precisions: str | Mapping[str, str],
    calibration: Calibration,
) -> Graph:
    """Give each node of a float graph its precision, and place the conversions that this needs.

    ``precisions`` is a scheme, or the precision of each node by its name. ``calibration`` is what
    :func:`calibrate` saw of the float graph; without integers it is not read.
    """
    if isinstance(precisions, str):
        precisions = scheme_precisions(graph, precisions)
    if graph.quantized:
        raise OssicleError(f"model {graph.name!r} is quantized already; give the float model")
    chosen = [
        replace(node, precision=precisions[node.name]) if OPS[node.op].matrices else node
        for node in graph.nodes
    ]
    for node in chosen:
        check_precision(node)
    if any(node.integer for node in chosen):
        _check_calibration(graph, calibration)
    builder = _Builder(graph, chosen, bounds(calibration.spans), calibration.moments)
    for node in chosen:
        builder.add(node)
    quantized = builder.finish()
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


class _Builder:
    """Collects the quantized graph, node by node, in execution order."""

    def __init__(
        self, graph: Graph, chosen: list[Node], bounds: Bounds, moments: Mapping[str, Moments]
    ) -> None:
        self.graph, self.bounds, self.moments = graph, bounds, moments
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {graph.input: graph.tensors[graph.input]}
        self.state_outputs = {state.output: state.input for state in graph.states}
        self.finest: dict[str, DType] = {}
        for node in chosen:
            for index, matrix in enumerate(OPS[node.op].matrices):
                name, operand = node.inputs[matrix.operand], node.product(index).operand
                narrow = operand == DType.S8 and self.finest.get(name, operand) == DType.S8
                self.finest[name] = DType.S8 if narrow else DType.S16

    def add(self, node: Node) -> None:
        """Append one node of the chosen precision, and before it the conversions of its inputs."""
        op = OPS[node.op]
        if op.carried:
            self.carry(node, op)
            return
        outputs = tuple(self.graph.tensors[name] for name in node.outputs)
        if node.integer:
            # A result that is to become a float keeps 16 bits.
            wanted = [self.finest.get(name, DType.S16) for name in node.outputs]
            outputs = op.integer_outputs(node, outputs, wanted, self.bounds)
        else:
            outputs = tuple(replace(tensor, dtype=node.product(0).operand) for tensor in outputs)
        for name, tensor in zip(node.outputs, outputs, strict=True):
            self.tensors[name] = tensor
            if name in self.state_outputs:
                self.tensors[self.state_outputs[name]] = tensor
        operands = [
            self.as_type(node.inputs[matrix.operand], node.product(index).operand)
            for index, matrix in enumerate(op.matrices)
        ]
        states = node.inputs[1:]
        inputs = (*operands, *states) if node.integer else (operands[0], *states)
        constants = dict(node.constants)
        if node.integer:
            scale = op.product_scale(node, outputs)
            for index, matrix in enumerate(op.matrices):
                operand = self.tensors[operands[index]]
                moments = self.moments[product_name(node.name, matrix.weight)]
                constants |= integer_constants(
                    matrix, constants, node.product(index), operand, scale, moments
                )
        elif node.precision == "fp16":
            constants = {name: to_half(array) for name, array in constants.items()}
        self.nodes.append(replace(node, inputs=inputs, constants=constants))

    def carry(self, node: Node, op: Op) -> None:
        """Append a node without matrices, which works in the type that its input has."""
        name = node.inputs[0]
        if self.tensors[name].dtype not in op.carries:
            name = self.as_type(name, DType.F32)
        self.tensors[node.outputs[0]] = op.carried(self.tensors[name], self.graph.tensors[node.outputs[0]])
        self.nodes.append(replace(node, inputs=(name,)))

    def as_type(self, name: str, dtype: DType) -> str:
        """Name of the tensor that holds ``name`` as ``dtype``, converted where it is not there yet."""
        source = self.tensors[name]
        if source.dtype == dtype:
            return name
        if (source.dtype, dtype) not in CONVERSIONS:
            return self.as_type(self.as_type(name, DType.F32), dtype)
        origin = name.removesuffix("_f32")
        converted = f"{origin}_{dtype}"
        if converted not in self.tensors:
            self.tensors[converted] = self.encode(origin, source.size, dtype)
            self.nodes.append(Node("convert", f"to_{converted}", (name,), (converted,)))
        return converted

    def encode(self, name: str, size: int, dtype: DType) -> Tensor:
        """Type of a converted tensor."""
        of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}.get(dtype)
        return of(size, *self.bounds(name, dtype)) if of else Tensor(size, dtype)

    def finish(self) -> Graph:
        """The graph, its output converted back to float."""
        output = self.as_type(self.graph.output, DType.F32)
        return replace(self.graph, output=output, tensors=self.tensors, nodes=tuple(self.nodes))
