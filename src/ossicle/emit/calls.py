"""Calls of kernels as C text.

The record of a kernel lists its parameters by the words below. An operator says what is particular to a
call; everything else depends on where the call stands, which a :class:`Site` says: in a function that
computes all of a node, in a loop over output positions, or in a worker's slice of a tile.

| parameter | what is passed |
|---|---|
| ``matrix``, ``layer`` | the address of the struct of weights, with or without an activation function |
| ``requantization`` | the address of the matrix's bias, multipliers and shifts |
| ``x`` | the operand of a product, in the form that the kernel reads |
| ``sums`` | accumulators in scratch, those of the product that the call belongs to |
| ``scratch`` | scratch that nothing else uses meanwhile |
| ``n`` | how many rows or elements |
| ``columns``, ``first_column`` | how many operands a row has; 0 |
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from ossicle.emit.c_text import array_text
from ossicle.graph import Node
from ossicle.graph.operator import OPS, replaced_ports
from ossicle.kernels import Call, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.kernels.kernel import Kernel
from ossicle.lowering import Lowered
from ossicle.schedule.plan import scratch_name


@dataclass(frozen=True)
class Site:
    """C expressions at the place of a call."""

    input: Callable[[str], str]
    """By port."""
    output: Callable[[str], str]
    """By port."""
    constant: Callable[[str], str]
    """The operator's own, by name."""
    operand: Callable[[Product], str]
    """Before it is staged."""
    staged: Callable[[Product], str]
    """After that."""
    matrix: Callable[[Product], str]
    """The struct of weights."""
    layer: str
    """Likewise, with its activation function."""
    scratch: str
    """The node's scratch, from its sums on."""
    free: str
    """The end of the node's scratch, which its products may use while they run."""
    units: str
    """How many units are computed."""
    rows: str
    """And how many rows of each matrix these have."""


def call_text(call: Call, site: Site) -> str:
    """A call as a statement."""
    passed = (_argument(call, parameter, site) for parameter in call.kernel.parameters)
    return f"{call.kernel.name}({', '.join(passed)});"


def _argument(call: Call, parameter: str, site: Site) -> str:
    if parameter in call.values:
        return value_text(call.values[parameter], site)
    match parameter:
        case "matrix":
            return f"&{site.matrix(_product(call))}"
        case "layer":
            return f"&{site.layer}"
        case "requantization":
            return f"&{site.matrix(_product(call))}.requantization"
        case "x":
            product = _product(call)
            return site.staged(product) if product.staged else site.operand(product)
        case "sums":
            return f"{site.scratch} + {site.rows}" if call.product and call.product.index else site.scratch
        case "scratch":
            return site.free
        case "n":
            return site.units if call.rows == 1 else site.rows
        case "columns":
            return str(call.columns)
        case "first_column":
            return "0"
    raise KeyError(f"nothing says what {call.kernel.name} gets for {parameter!r}")


def _product(call: Call) -> Product:
    if call.product is None:
        raise ValueError(f"{call.kernel.name} reads a matrix or its operand, and its call names no product")
    return call.product


def value_text(value: Value, site: Site) -> str:
    """The C of what an operator passes."""
    match value:
        case Output(port):
            return site.output(port)
        case Input(port):
            return site.input(port)
        case Constant(name):
            return site.constant(name)
        case float():
            return array_text(np.array([value], np.float32))
    return str(value)


def stage_text(kernel: Kernel, source: str, product: Product, buffer: str, begin: str, end: str) -> str:
    """The call that brings items ``begin`` to ``end`` of an operand into its form."""
    if "begin" in kernel.parameters:
        values = {"from": source, "columns": str(product.columns), "to": buffer, "begin": begin, "end": end}
    elif begin == "0":
        values = {"from": source, "to": buffer, "n": end}
    else:
        values = {"from": f"{source} + {begin}", "to": f"{buffer} + {begin}", "n": f"{end} - {begin}"}
    return f"{kernel.name}({', '.join(values[parameter] for parameter in kernel.parameters)});"


def headers(lowered: Iterable[Lowered], kernels: Kernels) -> list[str]:
    """Headers besides ``osc_kernels.h`` that declare what is called for some nodes."""
    found = set()
    for node in lowered:
        called = [call.kernel for call in node.body.calls]
        called += [staging_kernel(product, kernels) for product in node.products if product.form.operation]
        found |= {kernel.header for kernel in called}
    return sorted(found - {"osc_kernels.h"})


def staging_kernel(product: Product, kernels: Kernels) -> Kernel:
    """What brings the operand of a product into its form."""
    return kernels.need(product.form.operation, product.form.types)


def replaced_text(lowered: Lowered, site: Site) -> list[str]:
    """Copies of old values to where a kernel that works in place finds them, unless they are there."""
    ends = {site.output(port): site.input(old) for port, old in replaced_ports(lowered.node).items()}
    return [
        f"for (int i = 0; i < {site.units}; i++) {{ ({target})[i] = ({source})[i]; }}"
        for target, source in ends.items()
        if target != source
    ]


def one_core_calls(lowered: Lowered, kernels: Kernels, site: Site, operands: str = "") -> list[str]:
    """The statements of a node on one core; operands are staged right before their products.

    All of them, or the calls that are for ``"several"`` operands or for a ``"single"`` one.
    """
    whole = not operands or (operands == "single" and lowered.of_streams)
    lines = replaced_text(lowered, site) if whole else []
    for call in lowered.body.calls:
        if operands and call.several != (operands == "several"):
            continue
        product = call.product
        if product and product.staged and call.kernel == product.kernel:
            kernel, items = staging_kernel(product, kernels), product.form.items(product.columns)
            source, buffer = site.operand(product), site.staged(product)
            lines.append(stage_text(kernel, source, product, buffer, "0", str(items)))
        lines.append(call_text(call, site))
    return lines


def one_core_site(
    lowered: Lowered,
    model: str,
    tensor: Callable[[str], str],
    scratch: str = "",
    offsets: Mapping[str, str] = MappingProxyType({}),
) -> Site:
    """Where one core computes all units of a node; ``tensor`` says where a tensor of the model is.

    Sums begin at ``scratch``, or else where the node's scratch does; ``offsets`` are elements of the tensors
    at some ports that come before those that are meant.
    """
    node, units = lowered.node, lowered.body.units
    free = lowered.scratch_words - max((product.scratch_words for product in lowered.products), default=0)
    scratch = scratch or scratch_name(node)

    def at(port: str) -> str:
        return tensor(node.at(port)) + (f" + {offsets[port]}" if port in offsets else "")

    return Site(
        at,
        at,
        lambda name: table_name(model, node, name),
        lambda product: at(OPS[node.op].matrices[product.index].operand),
        lambda product: f"{scratch} + {lowered.body.sums * units}",
        lambda product: node.name + product.suffix,
        node.name,
        scratch,
        f"{scratch_name(node)} + {free}" if free else scratch_name(node),
        str(units),
        str(lowered.rows * units),
    )


def elsewhere_site(site: Site, x: str = "", y: str = "", weights: str = "", units: str = "") -> Site:
    """A site with another operand, output, matrix or number of units than the node's own."""
    return replace(
        site,
        operand=(lambda product: x) if x else site.operand,
        output=(lambda port: y) if y else site.output,
        matrix=(lambda product: weights) if weights else site.matrix,
        layer=weights or site.layer,
        units=units or site.units,
    )


def table_name(model: str, node: Node, constant: str) -> str:
    """Name of the table that holds a constant of a node."""
    return f"{model}_{node.name}_{constant}"
