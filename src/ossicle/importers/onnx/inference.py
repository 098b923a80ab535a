"""What is known of the outputs of one node before the network runs: their types, and what is constant."""

import math
from collections.abc import Mapping

import numpy as np
import onnx
from onnx import helper

from ossicle.errors import OssicleError
from ossicle.importers.network import Value
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.onnx.file import File, read_tensor
from ossicle.importers.onnx.nodes import attributes_of, evaluate, infer, label
from ossicle.importers.reading import LARGEST_FILE

Opsets = Mapping[str, int]
"""Versions of the operators, by domain."""

_CONTROL = ("If", "Loop", "Scan", "SequenceMap")
_RANDOM = (
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
)
_KEPT = ("DequantizeLinear",)
"""Operators that stay although all they read is constant: integers are kept as they are."""
_SIZED_BY_DATA = ("Compress", "NonZero", "Unique")


class Inference:
    """Types and constants of the nodes of a file, whose constants together stay below a limit."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.computed = 0
        """Bytes of constants so far."""

    def constants(
        self, node: onnx.NodeProto, opsets: Opsets, inputs: Mapping[str, Value]
    ) -> list[np.ndarray] | None:
        """Outputs of a node that depend on nothing but constants and shapes; None where they do not."""
        attributes = attributes_of(node, lambda tensor: read_tensor(self.file, tensor))
        if node.op_type == "Constant" and "value" in attributes:
            return [attributes["value"]]
        if node.op_type in ("Shape", "Size"):
            shape = inputs[node.input[0]].shape
            part = slice(attributes.get("start", 0), attributes.get("end"))
            return [np.array(shape[part] if node.op_type == "Shape" else math.prod(shape), np.int64)]
        constant = all(value.constant is not None for value in inputs.values())
        if not constant or node.op_type in (*_CONTROL, *_RANDOM, *_KEPT):
            return None
        types = [value_of(kind) for kind in self.types(node, opsets, inputs).values()]
        if not all(types) and node.op_type not in _SIZED_BY_DATA:
            return None
        self.computed += sum(
            math.prod(value.shape) * np.dtype(value.dtype).itemsize for value in types if value
        )
        if self.computed > LARGEST_FILE:
            raise OssicleError(
                f"{self.file.path}: node {label(node)!r} ({node.op_type}) makes the constants larger than "
                f"{LARGEST_FILE:,} bytes; export a smaller network"
            )
        try:
            return evaluate(node, opsets, inputs)
        except Exception as error:  # the reference raises whatever NumPy raises
            raise Obstacle(
                label(node), node.op_type, f"its constants cannot be computed ({error})", "export it again"
            ) from None

    def types(
        self, node: onnx.NodeProto, opsets: Opsets, inputs: Mapping[str, Value]
    ) -> dict[str, onnx.TypeProto]:
        """Types of a node's outputs, by name; raises :class:`Obstacle` where its inputs do not fit it."""
        try:
            return infer(node, opsets, inputs)
        except Exception:  # inference raises whatever its checks raise
            shapes = " and ".join(
                str(list(value.shape)) for value in inputs.values() if value.constant is None
            )
            raise Obstacle(
                label(node),
                node.op_type,
                f"inputs of the shapes {shapes or 'given'} do not fit it",
                "give the shapes of the network's inputs, such as --shape x=1,1,257",
            ) from None


def value_of(declared: onnx.TypeProto) -> Value | None:
    """A value of a declared type; None unless it is a tensor all of whose sizes are known."""
    if declared.WhichOneof("value") != "tensor_type" or not declared.tensor_type.HasField("shape"):
        return None
    dims = declared.tensor_type.shape.dim
    kind = declared.tensor_type.elem_type
    if kind in (0, onnx.TensorProto.STRING) or not all(dim.HasField("dim_value") for dim in dims):
        return None
    shape = tuple(dim.dim_value for dim in dims)
    return (
        Value("", shape, helper.tensor_dtype_to_np_dtype(kind).name) if min(shape, default=0) >= 0 else None
    )


def constant(array: np.ndarray) -> Value:
    """A value that is known; it gets its name where it is defined."""
    return Value("", array.shape, array.dtype.name, array)
