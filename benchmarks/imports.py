"""What the operators of ONNX and TFLite become.

    pip install -e '.[import]'
    python benchmarks/imports.py --record

Operators of ONNX are imported in float from the examples that the package onnx has of each, all inputs but
the first one made constants, and again with all of them kept. An operator of TFLite is translated from an
example here to the operators of ONNX.
"""

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tables.imports
import typer
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases
from record import JsonOption, RecordOption, Result, conclude

from ossicle.errors import OssicleError
from ossicle.importers.importing import prepare
from ossicle.importers.lower import lower
from ossicle.importers.lower.context import RULES
from ossicle.importers.network import Value
from ossicle.importers.onnx.spellings import RULES as SPELLINGS
from ossicle.importers.reading import Choices
from ossicle.importers.tflite.model import OperatorRecord
from ossicle.importers.tflite.translation import TRANSLATORS, Site, Translation
from ossicle.tasks.frames.record import Frames

PLAIN = (1, 4)
MAP = (1, 4, 4, 2)
_STRIDES = {"Padding": 0, "StrideH": 1, "StrideW": 1}
_WINDOW = {**_STRIDES, "DilationHFactor": 1, "DilationWFactor": 1}
_POOL = {**_STRIDES, "FilterHeight": 2, "FilterWidth": 2}


def _ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int32)


def _floats(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


_TWO = ([PLAIN, PLAIN], [PLAIN], {})
_REDUCED = ([PLAIN, _ints(1)], [(1,)], {})
_PADDED = [PLAIN, _ints(0, 0, 1, 1).reshape(2, 2)]
SIGNATURES: dict[str, tuple[list[Any], list[tuple[int, ...]], dict[str, Any]]] = {
    **dict.fromkeys(("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "POW", "SQUARED_DIFFERENCE"), _TWO),
    **dict.fromkeys(("GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "EQUAL"), _TWO),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"), _REDUCED),
    **dict.fromkeys(("PAD", "MIRROR_PAD"), (_PADDED, [(1, 6)], {})),
    **dict.fromkeys(("SELECT", "SELECT_V2"), ([PLAIN] * 3, [PLAIN], {})),
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D"), ([MAP], [MAP], _POOL)),
    "PADV2": ([*_PADDED, _floats(1)], [(1, 6)], {}),
    "PRELU": ([PLAIN, _floats(4)], [PLAIN], {}),
    "LEAKY_RELU": ([PLAIN], [PLAIN], {"Alpha": 0.1}),
    "CONV_2D": ([MAP, _floats(3, 2, 2, 2), _floats(3)], [(1, 4, 4, 3)], _WINDOW),
    "DEPTHWISE_CONV_2D": ([MAP, _floats(1, 2, 2, 2), _floats(2)], [MAP], _WINDOW),
    "TRANSPOSE_CONV": ([_ints(1, 4, 4, 3), _floats(3, 2, 2, 2), MAP, _floats(3)], [(1, 4, 4, 3)], _STRIDES),
    "FULLY_CONNECTED": ([PLAIN, _floats(3, 4), _floats(3)], [(1, 3)], {}),
    "RESHAPE": ([PLAIN, _ints(4, 1)], [(4, 1)], {}),
    "SQUEEZE": ([PLAIN], [(4,)], {}),
    "EXPAND_DIMS": ([PLAIN, _ints(0)], [(1, 1, 4)], {}),
    "TRANSPOSE": ([PLAIN, _ints(1, 0)], [(4, 1)], {}),
    "CONCATENATION": ([PLAIN, PLAIN], [(1, 8)], {"Axis": 1}),
    "STRIDED_SLICE": ([PLAIN, _ints(0, 1), _ints(1, 3), _ints(1, 1)], [(1, 2)], {}),
    "SLICE": ([PLAIN, _ints(0, 1), _ints(1, 2)], [(1, 2)], {}),
    "SPLIT": ([_ints(1), PLAIN], [(1, 2), (1, 2)], {}),
    "SPLIT_V": ([PLAIN, _ints(1, 3), _ints(1)], [(1, 1), (1, 3)], {}),
    "PACK": ([PLAIN, PLAIN], [(1, 2, 4)], {"Axis": 1}),
    "UNPACK": ([(2, 4)], [(4,), (4,)], {"Axis": 0}),
    "GATHER": ([PLAIN, _ints(0, 2)], [(1, 2)], {"Axis": 1}),
    "TILE": ([PLAIN, _ints(1, 2)], [(1, 8)], {}),
    "BROADCAST_TO": ([PLAIN, _ints(3, 4)], [(3, 4)], {}),
    **dict.fromkeys(
        ("RNN", "UNIDIRECTIONAL_SEQUENCE_RNN"),
        ([PLAIN, _floats(3, 4), _floats(3, 3), _floats(3), (1, 3)], [(1, 3)], {"FusedActivationFunction": 4}),
    ),
    "RFFT2D": ([(1, 1, 8), _ints(1, 8)], [(1, 1, 5, 2)], {}),
    "COMPLEX_ABS": ([(1, 4, 2)], [PLAIN], {}),
    **dict.fromkeys(("REAL", "IMAG"), ([(1, 4, 2)], [PLAIN], {})),
    "SVDF": (
        [PLAIN, _floats(6, 4), _floats(6, 5), _floats(3), (1, 30)],
        [(1, 3)],
        {"Rank": 2},
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        [
            (1, 2, 4),
            *[_floats(3, 4)] * 4,
            *[_floats(3, 3)] * 4,
            *[()] * 3,
            *[_floats(3)] * 4,
            *[()] * 2,
            (1, 3),
            (1, 3),
        ],
        [(1, 2, 3)],
        {"FusedActivationFunction": 4},
    ),
}
"""Inputs, outputs and options of an example of each operator of TFLite that is no function of one tensor.

A shape stands for a tensor, an array for a constant, () for an input that is absent.
"""


def main(record: RecordOption = False, json_: JsonOption = False) -> None:
    """Print what each operator becomes."""
    results = {"onnx": onnx_operators(), "tflite": tflite_operators()}
    found = Result("imports", {}, results, packages=("onnx",))
    conclude(found, tables.imports.tables(results), record, json_)


def onnx_operators() -> dict[str, list[str]]:
    """The operators of graphs that each operator of ONNX becomes in some example."""
    found: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, model in _examples():
            path = Path(folder) / "example.onnx"
            path.write_bytes(model.SerializeToString())
            try:
                graph = lower(prepare(path, Choices(), {}).step, Frames()).graph
            except OssicleError:
                continue
            # A gather at an end only copies what an output must hold.
            found.setdefault(kind, set()).update({node.op for node in graph.nodes} - {"gather"})
    return {kind: sorted(operators) for kind, operators in sorted(found.items())}


def _examples() -> Iterator[tuple[str, onnx.ModelProto]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in {*RULES, *SPELLINGS}:
            values, expected = case.data_sets[0]
            if not all(np.size(value) for value in expected):
                continue
            for kept in {1, len(values)}:
                yield nodes[0].op_type, _with_constants(case.model, values, kept)
    # Operators whose examples are all of forms that cannot be imported.
    yield "Not", _model(helper.make_node("Not", ["x"], ["y"]), TensorProto.BOOL, (1, 4))
    layer = helper.make_node("GRU", ["x", "w", "r"], ["", "h"], hidden_size=3, linear_before_reset=1)
    yield "GRU", _model(layer, TensorProto.FLOAT, (1, 1, 2), (1, 9, 2), (1, 9, 3))


def _with_constants(model: onnx.ModelProto, values: Sequence[object], kept: int) -> onnx.ModelProto:
    """A model whose inputs behind the first few are constants, and that has its first output only."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.graph.output[1:]
    node = made.graph.node[0]
    del node.output[list(node.output).index(made.graph.output[0].name) + 1 :]
    for given, value in list(zip(made.graph.input, values, strict=False))[kept:]:
        made.graph.initializer.append(_named(value, given.name))
    for given in list(made.graph.input)[kept:]:
        made.graph.input.remove(given)
    return made


def _named(value: Any, name: str) -> TensorProto:
    """A constant of a name; values of types that NumPy lacks come as tensors of ONNX."""
    made = TensorProto()
    made.CopyFrom(value if isinstance(value, TensorProto) else numpy_helper.from_array(np.asarray(value)))
    made.name = name
    return made


def _model(node: onnx.NodeProto, kind: int, *shapes: Sequence[int]) -> onnx.ModelProto:
    """A model of one node, whose inputs behind the first are constants."""
    x, *others = (
        helper.make_tensor_value_info(name, kind, shape)
        for name, shape in zip(node.input, shapes, strict=True)
    )
    constants = [
        numpy_helper.from_array(np.ones(shape, np.float32), of.name)
        for of, shape in zip(others, shapes[1:], strict=True)
    ]
    output = helper.make_tensor_value_info(node.output[-1], kind, None)
    graph = helper.make_graph([node], "example", [x], [output], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def tflite_operators() -> dict[str, list[str]]:
    """The operators of ONNX that each operator of TFLite is translated to."""
    found = {}
    for kind, translate in sorted(TRANSLATORS.items()):
        inputs, outputs, options = SIGNATURES.get(kind, ([PLAIN], [PLAIN], {}))
        into = Translation()
        names = [into.declare(_value(f"v{place}", part)) for place, part in enumerate([*inputs, *outputs])]
        reads = tuple(
            -1 if isinstance(part, tuple) and not part else place for place, part in enumerate(inputs)
        )
        record = OperatorRecord(kind, reads, tuple(range(len(inputs), len(names))), (), options)
        try:
            translate(Site(into, names, record, 0))
        except OssicleError:
            continue
        found[kind] = sorted({operation.op for operation in into.operations})
    return found


def _value(name: str, part: Any) -> Value:
    if isinstance(part, np.ndarray):
        return Value(name, part.shape, part.dtype.name, part)
    return Value(name, part, "float32")


if __name__ == "__main__":
    typer.run(main)
