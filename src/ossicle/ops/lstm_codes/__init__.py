"""Long short-term memory in integers as TFLite has it, over the steps of a sequence within one frame.

Input ``x`` is ``(steps, inputs)``, int8 or int16; the states are ``h`` of the type of the output, and ``c``,
int16 whose scale is a power of two. Output ``y`` is ``(steps, units)``. Gates stand in the order i, f, g, o,
with 12 fraction bits. The attribute ``cell_clip`` is the largest magnitude of a code of the cell; 0 for none.
The attribute ``rounding`` says whose bits these are: those of LiteRT (``float32``, though this layer has no
float in it) or of TFLM (``twice``). docs/numerics.md has the arithmetic.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ossicle.graph.operator import Matrix, Op, register, require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType
from ossicle.ops.attributes import count_of
from ossicle.ops.lstm_codes.lower import lstm_calls
from ossicle.ops.lstm_codes.simulate import cell_bits, simulate
from ossicle.ops.recurrent import check_weights

GATES = 4


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    (x, h, c), (y, *following), steps = inputs, outputs, count_of(node, "steps")
    operand = node.product(0).operand
    require(
        node.integer and node.precisions[0] == node.precisions[1], node, "its products need one precision"
    )
    require_types(node, inputs, outputs, [operand, operand, DType.S16], [operand, operand, DType.S16])
    require(node.rounding != Rounding.ONCE, node, "it must round as another runtime does")
    wide = operand == DType.S16
    require(not wide or node.rounding == Rounding.TWICE, node, "in int16 it is that of TFLM")
    require(x.size % steps == 0, node, f"{x.size} inputs are no {steps} steps")
    check_weights(node, GATES, x.size // steps, h.size, 1)
    same = all(tensor.size == h.size for tensor in (c, *following)) and y.size == steps * h.size
    require(same, node, "its states or its output differ in size")
    one_type = h.alike(following[0]) and replace(y, shape=h.shape) == h
    require(one_type, node, "its output has another scale than its state")
    require(c.alike(following[1]) and 0 <= cell_bits(c) <= 4, node, "its cell has an impossible scale")
    clip = node.attributes.get("cell_clip", 0)
    require(type(clip) is int and 0 <= clip < 2**15, node, "its cell_clip is no code")


LSTM_CODES = register(
    Op(
        "lstm_codes",
        ("x", "h", "c"),
        ("y", "h_next", "c_next"),
        _check,
        simulate,
        Path(__file__).parent,
        lstm_calls,
        (Matrix("_ih", "x"), Matrix("_hh", "h_next", seen="y")),
        in_place={"h_next": "h", "c_next": "c"},
        recurrent=True,
        uses=lambda node: count_of(node, "steps"),
    )
)
