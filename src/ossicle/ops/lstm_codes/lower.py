"""The kernel calls of :mod:`ossicle.ops.lstm_codes`."""

from collections.abc import Mapping, Sequence

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Kernels, NoKernelError, Output, Product
from ossicle.kernels.calls import Value, rounded
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType
from ossicle.ops.attributes import count_of
from ossicle.ops.lstm_codes.simulate import Factors, cell_bits


def lstm_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Both products with their results, and then the gates, for each step."""
    if kernels.parallel:
        raise NoKernelError(f"node {node.name!r}: cores share no sequence within a frame")
    h, c = (tensors[node.outputs[port]] for port in ("h_next", "c_next"))
    gates = products[0].rows // h.size
    rounding = Rounding.ONCE if h.dtype == DType.S16 else Rounding.TWICE
    requantize = kernels.need(rounded("requantize", rounding), DType.S32)
    limit: dict[str, Value] = {"limit": "INT32_MAX"} if rounding == Rounding.ONCE else {}
    calls = []
    for product in products:
        calls.append(Call(product.kernel, {}, gates, product.columns, product))
        calls.append(Call(requantize, limit, gates, product=product))
    kernel = kernels.need(rounded("lstm_codes", node.rounding), h.dtype)
    calls.append(Call(kernel, _values(node, h, c)))
    return Calls(tuple(calls), h.size, times=count_of(node, "steps"), sums=gates * len(products))


def _values(node: Node, h: Tensor, c: Tensor) -> dict[str, Value]:
    factors, clip = Factors.of(h, c), node.attributes.get("cell_clip", 0)
    return {
        "h": Output("h_next"),
        "c": Output("c_next"),
        "cell_bits": cell_bits(c),
        "clip": int(clip) or 2**15,  # type: ignore[arg-type]
        "add_multiplier": factors.add.multiplier,
        "add_shift": factors.add.shift,
        "multiplier": factors.hidden.multiplier,
        "shift": factors.hidden.shift,
        "zero_point": h.zero_point,
    }
