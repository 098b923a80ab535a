"""The kernel calls of recurrent layers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Kernels, NoKernelError, Output, Product
from ossicle.kernels.calls import STREAMS, Value, from_stream_to_stream
from ossicle.numerics.formats import DType
from ossicle.ops.attributes import count_of, rows_of
from ossicle.ops.lower_dense import SUM_BYTES, at_positions, coarse, over_streams

AT_ONCE = 8
"""Rows or steps whose accumulators are kept at once, so that each weight is read once for all of them."""


def recurrent_products(node: Node) -> tuple[str, ...]:
    """What can multiply by its matrices: several rows or steps at once where there are several."""
    several = rows_of(node) * count_of(node, "steps") > 1
    return ("matmat", "matvec") if several else ("matvec_tall_blocks", "matvec_blocks", "matvec")


def recurrent_products_of_streams(node: Node) -> tuple[str, ...]:
    """What can multiply the operands of several streams: rows are several operands already."""
    return ("matmat",) if rows_of(node) == 1 else ()


def recurrent_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Both products, each requantized in integers, and then the gates; products of several rows at once."""
    rows = rows_of(node)
    at_once = min(AT_ONCE, rows)
    count = "count" if rows % at_once else at_once
    if kernels.streams and rows == 1:
        count = STREAMS
    calls = _calls(node, node.op, tensors, kernels, products, (count, count))
    return calls if count == STREAMS else _in_blocks(calls, rows, at_once)


def scan_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """The same for a sequence within a frame, whose product with the state waits for the step before."""
    if kernels.parallel:
        raise NoKernelError(f"node {node.name!r}: cores share no sequence within a frame")
    rows, steps = rows_of(node), count_of(node, "steps")
    at_once = rows if rows > 1 else min(AT_ONCE, steps)
    count = "count" if rows * steps % at_once else at_once
    calls = _calls(node, node.op.removesuffix("_scan"), tensors, kernels, products, (count, 1))
    return _in_blocks(calls, rows * steps, at_once)


def _in_blocks(calls: Calls, times: int, at_once: int) -> Calls:
    """Those of one row for all rows, in blocks if any call can take several at once."""
    several = any(call.several for call in calls.calls)
    return replace(calls, times=times, at_once=at_once if several else 1)


def _calls(
    node: Node,
    cell: str,
    tensors: Mapping[str, Tensor],
    kernels: Kernels,
    products: Sequence[Product],
    counts: Sequence[str | int],
) -> Calls:
    """Those of one row; ``counts`` says for how many each product is, where its kernel can take several."""
    units = products[1].columns
    gates = products[0].rows // units
    calls = []
    for product, count in zip(products, counts, strict=True):
        values: dict[str, Value] = {}
        sums_step: Value = 2 * gates * units
        if "count" in product.kernel.parameters and count == STREAMS:
            values, sums_step = over_streams(product), from_stream_to_stream(SUM_BYTES)
        elif "count" in product.kernel.parameters:
            backwards = runs_backwards(node) and count != 1
            step = -product.columns if backwards else product.columns
            values = {"x_step": step, "count": count, "y_step": sums_step}
        calls.append(Call(product.kernel, values, gates, product.columns, product))
        if node.integer:
            requantize, limit = kernels.need("requantize", DType.S32), {"limit": "OSC_GATE_LIMIT"}
            of_one = Call(requantize, limit, gates, product=product, variant=coarse(node, product))
            at_all: dict[str, Value] = {"sums_step": sums_step, "count": count}
            calls.append(at_positions(of_one, kernels, at_all) if values and count != 1 else of_one)
    states = {port.removesuffix("_next"): Output(port) for port in node.outputs if port.endswith("_next")}
    calls.append(Call(kernels.need(cell, tensors[node.outputs["h_next"]].dtype), states))
    words = max(product.scratch_words for product in products)
    return Calls(tuple(calls), units, sums=gates * len(products), words=words)


def runs_backwards(node: Node) -> bool:
    """Whether a sequence goes from its last step to its first one, its steps lying side by side."""
    return bool(node.attributes.get("reverse")) and rows_of(node) == 1
