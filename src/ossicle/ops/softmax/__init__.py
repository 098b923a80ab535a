"""Probabilities from scores: ``exp(x - max(x)) / sum(exp(x - max(x)))``.

With the attribute ``rows``, each of so many stretches has probabilities of its own. The output is f32 for an
f32 input. For an int16 input it is int16 in Q15, computed in integers only, by rules of our own or of other
runtimes. For an int8 input it is an int8, rounded as other runtimes do (docs/numerics.md).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ossicle.graph.operator import Bounds, Op, Role, Stored, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import Q15, DType
from ossicle.ops.attributes import rows_of
from ossicle.ops.softmax.lower import softmax_calls
from ossicle.ops.softmax.simulate import simulate
from ossicle.ops.softmax.wide import ENTRIES

TYPES = (DType.F32, DType.S16)


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    source, target, rows = inputs[0], outputs[0], rows_of(node)
    require(source.size == target.size, node, "its input and output differ in size")
    require(source.size % rows == 0, node, f"its {source.size} values are no {rows} rows")
    require(source.size // rows <= 2**15, node, "its rows are too long")
    if source.dtype == DType.S8:
        _check_codes(node, source, target)
        return
    require(source.dtype in TYPES, node, f"it cannot read {source.dtype}")
    require(target == _result(source, target), node, "its output must be Q15 from int16, and f32 from f32")
    integer = source.dtype == DType.S16
    require(not integer or 2.0**-40 <= source.scale <= 2.0**10, node, "its scale is out of range")
    kept = "reciprocals" in node.constants
    other = integer and node.rounding != Rounding.ONCE
    require(kept == other, node, "from int16, rounded as another runtime does, it needs its two tables")
    if kept:
        powers, reciprocals = (node.constants[name] for name in ("powers", "reciprocals"))
        falls = powers.min() >= 0 and powers[-2:].min() >= 2**14 and reciprocals.min() >= 0
        require(falls, node, "its tables are none of powers and reciprocals")


def _check_codes(node: Node, source: Tensor, target: Tensor) -> None:
    require(target.dtype == DType.S8, node, "its output must be int8 from int8")
    require(node.rounding != Rounding.ONCE, node, "from int8 it must round as another runtime does")
    require(2.0**-20 <= source.scale <= 4.0, node, "its scale is out of range")
    kept = "powers" in node.constants
    require(kept == (node.rounding == Rounding.FLOAT32), node, "in single precision it needs its powers")
    if kept:
        powers = node.constants["powers"]
        falls = powers[0] == 1 and powers.min() >= 0 and powers.max() <= 1
        require(falls, node, "its powers are none of exp from 0 downwards")


def _parameters(node: Node) -> Mapping[str, Stored]:
    """A table of powers in single precision, or two tables for the int16 of other runtimes."""
    if "reciprocals" in node.constants:
        return {name: Stored(Role.PARAMETER, "int16", (ENTRIES,)) for name in ("powers", "reciprocals")}
    return {"powers": Stored(Role.PARAMETER, "float32", (256,))} if "powers" in node.constants else {}


def _result(source: Tensor, output: Tensor) -> Tensor:
    return output if source.dtype == DType.F32 else Tensor(output.shape, DType.S16, Q15)


def _outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (_result(inputs[0], outputs[0]),)


SOFTMAX = register(
    Op(
        "softmax",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        softmax_calls,
        parameters=_parameters,
        preserved_types=lambda node: TYPES,
        preserved_outputs=_outputs,
    )
)
