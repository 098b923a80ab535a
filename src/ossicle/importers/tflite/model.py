"""A TFLite file as plain data: subgraphs, tensors and operators, before anything is understood.

The file is a flatbuffer, whose tables name each other by offsets. A damaged or hostile file can name any
offset and any length, so that all of it is read here, at once, and each length is held to the file's bytes.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from types import ModuleType
from typing import Any

import numpy as np

from ossicle.errors import OssicleError
from ossicle.importers.network import Quantization

DTYPES = {
    "FLOAT32": "float32",
    "FLOAT16": "float16",
    "FLOAT64": "float64",
    "INT8": "int8",
    "UINT8": "uint8",
    "INT16": "int16",
    "UINT16": "uint16",
    "INT32": "int32",
    "UINT32": "uint32",
    "INT64": "int64",
    "UINT64": "uint64",
    "BOOL": "bool",
}
"""Names of NumPy types, by those of the format; other types have no values here."""
DAMAGE = (struct.error, IndexError, ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What reading a flatbuffer raises where its offsets or lengths lie."""


@dataclass(frozen=True)
class TensorRecord:
    """A tensor of a subgraph."""

    name: str
    shape: tuple[int, ...]
    signature: tuple[int, ...]
    """The same with -1 for a size that is open; empty where none is."""
    dtype: str
    """Name of a NumPy type, or that of the format in small letters, such as ``resource``."""
    values: np.ndarray | None
    """Of a constant."""
    quantization: Quantization | None
    variable: bool
    """Whether it keeps its values from one call to the next."""


@dataclass(frozen=True)
class OperatorRecord:
    """An operator of a subgraph; -1 stands for an optional tensor that is absent."""

    kind: str
    """Such as ``CONV_2D``; of a custom operator its own name."""
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    intermediates: tuple[int, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Subgraph:
    """A function of tensors."""

    name: str
    tensors: tuple[TensorRecord, ...]
    operators: tuple[OperatorRecord, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def parse_model(content: bytes, name: str) -> tuple[Subgraph, ...]:
    """The subgraphs of a file, the main one first; ``name`` is said where it is damaged."""
    try:
        import tflite
    except ImportError:
        raise OssicleError("TFLite files need the extra: pip install 'ossicle[import]'") from None
    try:
        return _Reader(tflite, content).subgraphs()
    except (*DAMAGE, RecursionError, MemoryError) as error:
        raise OssicleError(
            f"{name} is cut short or damaged ({type(error).__name__}: {error}); fetch it again"
        ) from None


class _Reader:
    """Reads one file with the classes of the schema."""

    def __init__(self, schema: ModuleType, content: bytes) -> None:
        self.schema, self.content = schema, content
        self.model = schema.Model.GetRootAs(content)
        self.left = len(content)
        self.types = {
            number: kind
            for kind, number in vars(schema.TensorType).items()
            if not kind.startswith("_") and isinstance(number, int)
        }
        self.options = {
            number: kind
            for kind, number in vars(schema.BuiltinOptions).items()
            if not kind.startswith("_") and isinstance(number, int)
        }

    def count(self, length: Callable[[], int]) -> range:
        """The indices of a vector; all vectors together have no more elements than the file has bytes."""
        found = length()
        self.left -= found
        if found < 0 or self.left < 0:
            raise ValueError(f"a vector of {found} elements")
        return range(found)

    def numbers(self, table: Any, field: str) -> tuple[int, ...]:
        """A vector of numbers; empty where there is none."""
        self.count(getattr(table, f"{field}Length"))
        found = getattr(table, f"{field}AsNumpy")()
        return tuple(int(number) for number in found) if isinstance(found, np.ndarray) else ()

    def subgraphs(self) -> tuple[Subgraph, ...]:
        kinds = [self.kind(self.model.OperatorCodes(i)) for i in self.count(self.model.OperatorCodesLength)]
        graphs = [self.model.Subgraphs(i) for i in self.count(self.model.SubgraphsLength)]
        if not graphs:
            raise ValueError("it holds no subgraph")
        return tuple(self.subgraph(graph, kinds) for graph in graphs)

    def kind(self, code: Any) -> str:
        """Name of an operator; numbers below 127 stand in an older field."""
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if number == self.schema.BuiltinOperator.CUSTOM:
            return _text(code.CustomCode()) or "CUSTOM"
        return str(self.schema.opcode2name(number))

    def subgraph(self, graph: Any, kinds: list[str]) -> Subgraph:
        tensors = tuple(self.tensor(graph.Tensors(i)) for i in self.count(graph.TensorsLength))
        operators = tuple(
            self.operator(graph.Operators(i), kinds, len(tensors)) for i in self.count(graph.OperatorsLength)
        )
        inputs, outputs = (self.numbers(graph, field) for field in ("Inputs", "Outputs"))
        if any(not 0 <= i < len(tensors) for i in inputs + outputs):
            raise ValueError("an input or output names no tensor")
        return Subgraph(_text(graph.Name()), tensors, operators, inputs, outputs)

    def tensor(self, tensor: Any) -> TensorRecord:
        kind = self.types[tensor.Type()]
        dtype, shape = DTYPES.get(kind, kind.lower()), self.numbers(tensor, "Shape")
        if any(size < 0 for size in shape):
            raise ValueError(f"a tensor of shape {shape}")
        return TensorRecord(
            _text(tensor.Name()),
            shape,
            self.numbers(tensor, "ShapeSignature"),
            dtype,
            self.values(tensor.Buffer(), shape, dtype) if kind in DTYPES else None,
            self.quantization(tensor.Quantization()),
            bool(tensor.IsVariable()),
        )

    def values(self, buffer: int, shape: tuple[int, ...], dtype: str) -> np.ndarray | None:
        """Those of a constant; a tensor without bytes is none."""
        if buffer >= self.model.BuffersLength():
            raise ValueError(f"a tensor of the buffer {buffer}, which does not exist")
        data = self.model.Buffers(buffer).DataAsNumpy()
        if not isinstance(data, np.ndarray) or not len(data):
            return None
        return data.view(dtype).reshape(shape)

    def quantization(self, table: Any) -> Quantization | None:
        if table is None or not table.ScaleLength():
            return None
        scale = np.asarray(table.ScaleAsNumpy(), np.float32)
        zero_point = np.zeros(len(scale), np.int32)
        if table.ZeroPointLength():
            zero_point = zero_point + np.asarray(table.ZeroPointAsNumpy()).astype(np.int32)
        if not (np.isfinite(scale).all() and (scale >= 0).all()):
            raise ValueError("a scale that is negative or not finite")
        return Quantization(scale, zero_point, table.QuantizedDimension() if len(scale) > 1 else 0)

    def operator(self, operator: Any, kinds: list[str], tensors: int) -> OperatorRecord:
        inputs, outputs, intermediates = (
            self.numbers(operator, field) for field in ("Inputs", "Outputs", "Intermediates")
        )
        if any(not -1 <= i < tensors for i in inputs + outputs + intermediates):
            raise ValueError("an operator names a tensor that does not exist")
        kind = kinds[operator.OpcodeIndex()]
        return OperatorRecord(kind, inputs, outputs, intermediates, self.chosen(operator))

    def chosen(self, operator: Any) -> dict[str, Any]:
        """The options of an operator by the names that the schema gives them."""
        table, kind = operator.BuiltinOptions(), self.options.get(operator.BuiltinOptionsType(), "NONE")
        if table is None or kind == "NONE":
            return {}
        options = getattr(self.schema, kind)()
        options.Init(table.Bytes, table.Pos)
        return {
            field: getattr(options, field)()
            for field, method in vars(type(options)).items()
            if field[0].isupper() and field != "Init" and callable(method) and _takes_nothing(method)
        }


def _takes_nothing(method: Callable[..., Any]) -> bool:
    return len(signature(method).parameters) == 1


def _text(name: bytes | None) -> str:
    return name.decode("utf-8", "replace") if name else ""
