"""Operators that compute each value on its own, reductions, and conversions."""

import numpy as np

from ossicle.importers.network import Value
from ossicle.importers.tflite.translation import Site, activated, dequantized, finish, translates

UNARY = {
    "LOGISTIC": "Sigmoid",
    "TANH": "Tanh",
    "RELU": "Relu",
    "HARD_SWISH": "HardSwish",
    "EXP": "Exp",
    "LOG": "Log",
    "SQRT": "Sqrt",
    "ABS": "Abs",
    "NEG": "Neg",
    "SIN": "Sin",
    "COS": "Cos",
    "SIGN": "Sign",
    "FLOOR": "Floor",
    "CEIL": "Ceil",
    "ROUND": "Round",
    "LOGICAL_NOT": "Not",
}
BINARY = {
    "ADD": "Add",
    "SUB": "Sub",
    "MUL": "Mul",
    "DIV": "Div",
    "MAXIMUM": "Max",
    "MINIMUM": "Min",
    "POW": "Pow",
    "PRELU": "PRelu",
    "GREATER": "Greater",
    "GREATER_EQUAL": "GreaterOrEqual",
    "LESS": "Less",
    "LESS_EQUAL": "LessOrEqual",
    "EQUAL": "Equal",
}
REDUCTIONS = {"MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax", "REDUCE_MIN": "ReduceMin"}


@translates(*UNARY)
def _unary(site: Site) -> None:
    site.emit(UNARY[site.record.kind], [site.input(0)], site.outputs)


@translates("RELU6", "RELU_N1_TO_1", "RELU_0_TO_1")
def _clip(site: Site) -> None:
    low, high = {"RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}.get(site.record.kind, (0.0, 1.0))
    site.emit("Clip", [site.input(0)], site.outputs, min=low, max=high)


@translates("LEAKY_RELU", "ELU")
def _with_slope(site: Site) -> None:
    op, slope = ("Elu", 1.0) if site.record.kind == "ELU" else ("LeakyRelu", site.options["Alpha"])
    site.emit(op, [site.input(0)], site.outputs, alpha=float(slope))


@translates("GELU")
def _gelu(site: Site) -> None:
    approximate = "tanh" if site.options.get("Approximate") else "none"
    site.emit("Gelu", [site.input(0)], site.outputs, approximate=approximate)


@translates(*BINARY)
def _binary(site: Site) -> None:
    (output,) = site.outputs
    before = activated(site, output)
    site.emit(BINARY[site.record.kind], [site.input(0), site.input(1)], [before])
    finish(site, before, output)


def _need_floats(site: Site) -> None:
    if site.at(0).quantization is not None:
        raise site.obstacle(
            "in integers it is not imported", "convert the network so that this operator stays in float"
        )


@translates("SQUARED_DIFFERENCE")
def _squared_difference(site: Site) -> None:
    _need_floats(site)
    difference = site.between(site.outputs[0])
    site.emit("Sub", [site.input(0), site.input(1)], [difference])
    site.emit("Mul", [difference, difference], site.outputs)


@translates("SQUARE")
def _square(site: Site) -> None:
    site.emit("Mul", [site.input(0), site.input(0)], site.outputs)


@translates("RSQRT")
def _reciprocal_root(site: Site) -> None:
    _need_floats(site)
    root = site.between(site.outputs[0])
    site.emit("Sqrt", [site.input(0)], [root])
    site.emit("Reciprocal", [root], site.outputs)


@translates("SELECT", "SELECT_V2")
def _select(site: Site) -> None:
    site.emit("Where", site.inputs, site.outputs)


@translates("SOFTMAX")
def _softmax(site: Site) -> None:
    beta = float(site.options.get("Beta", 1.0))
    x = site.input(0)
    if beta != 1.0:
        _need_floats(site)
        factor = site.constant(x, np.array(beta, np.float32))
        scaled = site.between(x)
        site.emit("Mul", [x, factor], [scaled])
        x = scaled
    site.emit("Softmax", [x], site.outputs, axis=-1)


@translates("LOG_SOFTMAX")
def _log_softmax(site: Site) -> None:
    site.emit("LogSoftmax", [site.input(0)], site.outputs, axis=-1)


@translates(*REDUCTIONS)
def _reduce(site: Site) -> None:
    rank = len(site.at(0).shape)
    axes = tuple(sorted(axis % rank for axis in site.numbers(1)))
    keep = int(bool(site.options.get("KeepDims", False)))
    site.emit(REDUCTIONS[site.record.kind], [site.input(0)], site.outputs, axes=axes, keepdims=keep)


@translates("CAST")
def _cast(site: Site) -> None:
    site.emit("Cast", [site.input(0)], site.outputs, to=site.value(site.outputs[0]).dtype)


@translates("QUANTIZE")
def _quantize(site: Site) -> None:
    x = site.input(0)
    if site.value(x).quantization is not None:
        x = _as_float(site, x)
    site.emit("QuantizeLinear", [x], site.outputs)


@translates("DEQUANTIZE")
def _dequantize(site: Site) -> None:
    x, (output,) = site.at(0), site.outputs
    if x.constant is None:
        site.emit("DequantizeLinear", [x.name], [output])
        return
    floats = x.constant.astype(np.float32) if x.quantization is None else dequantized(x)
    site.into.declare(Value(output, x.shape, "float32", floats))


def _as_float(site: Site, name: str) -> str:
    middle = site.into.unused(f"{site.name}_float")
    site.into.declare(Value(middle, site.value(name).shape, "float32"))
    site.emit("DequantizeLinear", [name], [middle])
    return middle
