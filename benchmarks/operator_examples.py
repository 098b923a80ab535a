"""A small node of each operator, which the tables of operators lower for each form and target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from ossicle.graph.types import Attribute
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType
from ossicle.ops.binary.simulate import FUNCTIONS as BINARY
from ossicle.ops.convert import CONVERSIONS
from ossicle.ops.unary.functions import FUNCTIONS as UNARY


@dataclass(frozen=True)
class Example:
    """A node in float, and the sizes of its tensors by port."""

    op: str
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    kind: str = ""
    """Which of its functions it shows."""
    types: Sequence[tuple[tuple[DType, ...], Rounding]] = ()
    """Of a node that ``quantize`` gives no precision: those of all ports, and how integers are rounded."""


def _ones(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    # Not zeros, which some kernels skip.
    return {name: np.ones(shape, np.float32) for name, shape in shapes.items()}


def _cell(gates: int) -> dict[str, np.ndarray]:
    """Constants of a recurrent layer of 4 inputs and 4 units."""
    weights = {f"weight_{end}": (4 * gates, 4) for end in ("ih", "hh")}
    return _ones(**weights, bias_ih=(4 * gates,), bias_hh=(4 * gates,))


_PEAK = {"map": (2, 3, 4), "kernel": (2, 2), "stride": (1, 1), "pad": (0, 0), "out": (1, 2)}
_WINDOW = {**_PEAK, "dilation": (1, 1), "activation": "none"}
_NUMBERS = {name: function.numbers for name, function in UNARY.items()}
_NUMBERS["clip"] = {"low": -1.0, "high": 1.0}

EXAMPLES = (
    Example("linear", {"x": 4}, {"y": 3}, {"activation": "none"}, _ones(weight=(3, 4), bias=(3,))),
    Example("conv2d", {"x": 24}, {"y": 6}, {**_WINDOW, "groups": 1}, _ones(weight=(3, 16), bias=(3,))),
    Example("depthwise_conv2d", {"x": 24}, {"y": 8}, _WINDOW, _ones(weight=(4, 4), bias=(4,))),
    Example("gru", {"x": 4, "h_operand": 4, "h": 4}, {"h_next": 4}, {}, _cell(3)),
    Example("lstm", {"x": 4, "h_operand": 4, "h": 4, "c": 4}, {"h_next": 4, "c_next": 4}, {}, _cell(4)),
    Example("gru_scan", {"x": 8}, {"y": 8, "h_next": 4}, {"steps": 2}, _cell(3)),
    Example("lstm_scan", {"x": 8}, {"y": 8, "h_next": 4, "c_next": 4}, {"steps": 2}, _cell(4)),
    Example("gather", {"x0": 4}, {"y": 4}, {"sizes": (4,)}, {"index": np.arange(4, dtype=np.int32)[::-1]}),
    *(Example("binary", {"a": 4, "b": 4}, {"y": 4}, {"function": of}, kind=of) for of in BINARY),
    *(
        Example("unary", {"x": 4}, {"y": 4}, {"function": of, **more}, kind=of)
        for of, more in _NUMBERS.items()
    ),
    Example("unary", {"x": 4}, {"y": 4}, {"function": "prelu", "inner": 1}, _ones(slope=(1,)), "prelu"),
    Example("affine", {"x": 4}, {"y": 4}, {"inner": 1}, _ones(scale=(4,), offset=(4,))),
    Example("select", {"c": 4, "a": 4, "b": 4}, {"y": 4}),
    *(
        Example("reduce", {"x": 8}, {"y": 4}, {"function": of, "shape": (4, 2, 1)}, kind=of)
        for of in ("sum", "mean", "max", "min")
    ),
    Example(
        "normalize", {"x": 8}, {"y": 8}, {"shape": (2, 4), "epsilon": 1e-5}, _ones(scale=(4,), offset=(4,))
    ),
    *(
        Example("fourier", {"x": given}, {"y": found}, {"function": of, "shape": (1, 4)}, kind=of)
        for of, given, found in (("rfft", 4, 6), ("irfft", 6, 4), ("fft", 8, 8), ("ifft", 8, 8))
    ),
    Example(
        "softmax",
        {"x": 4},
        {"y": 4},
        types=[
            ((DType.F32, DType.F32), Rounding.ONCE),
            ((DType.S16, DType.S16), Rounding.ONCE),
            ((DType.S8, DType.S8), Rounding.FLOAT32),
            ((DType.S8, DType.S8), Rounding.TWICE),
        ],
    ),
    Example("matmul", {"a": 4, "b": 4}, {"y": 4}, {"shape": (1, 2, 2, 2), "transposed": 0}),
    Example("average_pool", {"x": 24}, {"y": 8}, _PEAK),
    Example("max_pool", {"x": 24}, {"y": 8}, _PEAK),
    Example(
        "lookup",
        {"x": 4},
        {"y": 4},
        {"inner": 4},
        {"table": np.zeros((1, 256), np.int8)},
        types=[((DType.S8, DType.S8), Rounding.ONCE)],
    ),
    Example(
        "lstm_codes",
        {"x": 8, "h": 4, "c": 4},
        {"y": 8, "h_next": 4, "c_next": 4},
        {"steps": 2},
        _cell(4),
        types=[
            ((DType.S8, DType.S8, DType.S16) * 2, Rounding.FLOAT32),
            ((DType.S8, DType.S8, DType.S16) * 2, Rounding.TWICE),
            ((DType.S16,) * 6, Rounding.TWICE),
        ],
    ),
    Example(
        "convert",
        {"x": 4},
        {"y": 4},
        types=[(pair, Rounding.ONCE) for pair in product(DType, DType) if pair in CONVERSIONS],
    ),
)
