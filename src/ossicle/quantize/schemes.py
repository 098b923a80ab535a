"""The schemes, and the pass that applies one: precisions, conversions between them, stored constants."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ossicle.errors import OssicleError
from ossicle.graph import DType, Graph, Node, Tensor, check
from ossicle.graph.ops import OPS
from ossicle.graph.ops.convert import CONVERSIONS
from ossicle.graph.types import HIDDEN_SCALE
from ossicle.quantize.integer import integer_constants
from ossicle.simulate.numbers import to_half

RECURRENT = ("lstm", "gru")

SCHEMES: dict[str, Callable[[Node], str]] = {
    "fp32": lambda node: "fp32",
    "fp16": lambda node: "fp16",
    "int8": lambda node: "w8a8",
    "mixed": lambda node: "w8a8" if node.op in RECURRENT else "fp16",
}
"""Precision of each node by scheme; ``mixed`` is the published one (arXiv 2210.07692)."""


def quantize(graph: Graph, scheme: str, calibration: Mapping[str, tuple[float, float]]) -> Graph:
    """Give each node of a float graph its precision, and place the conversions that this needs.

    ``calibration`` holds the bounds of each float tensor, from :func:`calibrate`; schemes without integers
    do not read it.
    """
    if scheme not in SCHEMES:
        raise OssicleError(f"there is no scheme {scheme!r}; choose one of {', '.join(SCHEMES)}")
    if graph.quantized:
        raise OssicleError(f"model {graph.name!r} is quantized already; give the float model")
    if scheme == "int8" or scheme == "mixed":
        missing = [name for name in graph.tensors if name not in calibration]
        if missing:
            raise OssicleError(
                f"model {graph.name!r} has no calibration of {', '.join(missing)}; calibrate it"
            )
    builder = _Builder(graph, calibration)
    for node in graph.nodes:
        builder.add(node, SCHEMES[scheme](node))
    quantized = builder.finish()
    check(quantized)
    return quantized


class _Builder:
    """Collects the quantized graph, node by node, in execution order."""

    def __init__(self, graph: Graph, calibration: Mapping[str, tuple[float, float]]) -> None:
        self.graph, self.calibration = graph, calibration
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {graph.input: graph.tensors[graph.input]}
        self.state_outputs = {state.output: state.input for state in graph.states}
        self.state_inputs = {state.input for state in graph.states}

    def add(self, node: Node, precision: str) -> None:
        """Append one node in a precision, and before it the conversions of its inputs."""
        op = OPS[node.op]
        node = replace(node, precision=precision)
        signature = op.signature(node)
        outputs = tuple(self.graph.tensors[name] for name in node.outputs)
        if precision == "w8a8":
            outputs = op.integer_outputs(node, outputs, self.calibration)
        else:
            outputs = tuple(replace(t, dtype=d) for t, d in zip(outputs, signature.outputs, strict=True))
        for name, tensor in zip(node.outputs, outputs, strict=True):
            self.tensors[name] = tensor
            if name in self.state_outputs:
                self.tensors[self.state_outputs[name]] = tensor
        inputs = tuple(
            name if name in self.state_inputs else self.as_type(name, dtype)
            for name, dtype in zip(node.inputs, signature.inputs, strict=True)
        )
        constants = dict(node.constants)
        if precision == "fp16":
            constants = {name: to_half(array) for name, array in constants.items()}
        elif precision == "w8a8":
            scale = op.product_scale(node, outputs)
            for matrix in op.matrices:
                constants |= integer_constants(matrix, constants, self.tensors[inputs[matrix.operand]], scale)
        self.nodes.append(replace(node, inputs=inputs, constants=constants))

    def as_type(self, name: str, dtype: DType) -> str:
        """Name of the tensor that holds ``name`` as ``dtype``, converted where it is not there yet."""
        source = self.tensors[name]
        if source.dtype == dtype:
            return name
        if (source.dtype, dtype) not in CONVERSIONS:
            return self.as_type(self.as_type(name, DType.F32), dtype)
        converted = f"{name.removesuffix('_f32')}_{dtype}"
        if converted not in self.tensors:
            self.tensors[converted] = self.encode(name.removesuffix("_f32"), source, dtype)
            self.nodes.append(
                Node(
                    "convert",
                    f"to_{converted}",
                    (name,),
                    (converted,),
                    attributes={"from": str(source.dtype), "to": str(dtype)},
                )
            )
        return converted

    def encode(self, name: str, source: Tensor, dtype: DType) -> Tensor:
        """Type of a converted tensor: an int8 takes the range of a Q15 source, or else the calibrated one."""
        if dtype != DType.S8:
            return Tensor(source.size, dtype)
        if source.dtype == DType.S16:
            return Tensor(source.size, DType.S8, HIDDEN_SCALE)
        return Tensor.affine_s8(source.size, *self.calibration[name])

    def finish(self) -> Graph:
        """The graph, its output converted back to float."""
        output = self.as_type(self.graph.output, DType.F32)
        return replace(self.graph, output=output, tensors=self.tensors, nodes=tuple(self.nodes))
