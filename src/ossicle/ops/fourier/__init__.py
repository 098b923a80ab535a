"""Discrete Fourier transforms of rows, real ones and complex ones, and their inverses.

The attribute ``shape`` is (rows, n): n samples in each row. Complex values lie side by side, the real part
first. The attribute ``function`` is:

* ``rfft``: n real values become n/2 + 1 complex ones, unscaled; n is even;
* ``irfft``: n/2 + 1 complex values become n real ones, divided by n. The spectrum is taken as that of a real
  signal, so that the imaginary parts of its first and of its last value do not count;
* ``fft``: n complex values become n complex ones, unscaled;
* ``ifft``: likewise, divided by n.

n is a product of 2, 3 and 5 (:mod:`ossicle.audio.fourier`). It works in f32 only: a spectrum has soft values
beside loud ones, of which integers would keep few bits.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.audio.fourier import possible, swaps, twiddle
from ossicle.graph.operator import Bounds, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.formats import DType
from ossicle.ops.elementwise import sizes_of
from ossicle.ops.fourier.functions import FUNCTIONS, Function


def _function(node: Node) -> Function:
    name = node.attributes.get("function")
    require(name in FUNCTIONS, node, f"its function must be one of {', '.join(FUNCTIONS)}")
    return FUNCTIONS[str(name)]


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    (x,), (y,), function, (rows, n) = inputs, outputs, _function(node), sizes_of(node, 2)
    require(possible(function.n_fft(n)), node, f"its {n} values are no product of 2, 3 and 5 that it can do")
    needed = rows * function.given(n), rows * function.found(n)
    sizes = x.size, y.size
    require(sizes == needed, node, f"its tensors have {sizes} values, and its shape needs {needed}")
    require(x.dtype == y.dtype == DType.F32, node, "its tensors are not f32")


def _preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    return tuple(outputs)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    (x,), (rows, _) = inputs, sizes_of(node, 2)
    y = _function(node).compute(x.reshape(*x.shape[:-1], rows, -1))
    return [y.reshape(*x.shape[:-1], -1)]


def _tables(node: Node) -> dict[str, np.ndarray]:
    """Factors, and the order of the values where n is no power of two; they follow from the length."""
    n_fft = _function(node).n_fft(sizes_of(node, 2)[1])
    order = swaps(n_fft)
    return {"twiddle": twiddle(n_fft)} | ({"swaps": order} if order.size else {})


def _calls(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]) -> Calls:
    y, (rows, n) = tensors[node.outputs["y"]], sizes_of(node, 2)
    mixed = "swaps" in _tables(node)
    values: dict[str, Value] = {
        "input": Input(),
        "y": Output(),
        "rows": rows,
        "count": n,
        "twiddle": Constant("twiddle"),
        "swaps": Constant("swaps") if mixed else "0",
        "odd": "osc_fft_odd" if mixed else "0",
    }
    return Calls((Call(kernels.need(f"rows_{node.attributes['function']}", y.dtype), values),), y.size)


FOURIER = register(
    Op(
        "fourier",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        _calls,
        preserved_types=lambda node: (DType.F32,),
        preserved_outputs=_preserved_outputs,
        tables=_tables,
    )
)
