"""The precisions that lose least within a budget: one choice for each node, solved exactly.

What a choice loses is measured with all other nodes in float. The losses are error powers, so that those of
independent errors add up; whoever uses the result verifies the sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.lowering import node_bytes
from ossicle.numerics.formats import PRECISIONS
from ossicle.quantize.schemes import parse_precision

INTEGERS = tuple(name for name, precision in PRECISIONS.items() if 0 < precision.weight_bits <= 8)
"""Those of 16-bit weights take the bytes of fp16, and lose more."""


@dataclass(frozen=True)
class Option:
    """A node in a precision: what it takes and what it loses."""

    node: str
    precision: str
    bytes: int
    cycles: float
    loss: float


@dataclass(frozen=True)
class Assignment:
    """Precision of each node, with the sums over the nodes."""

    precisions: dict[str, str]
    bytes: int
    cycles: float
    loss: float


def choices(node: Node) -> list[str]:
    """Every precision that a node can have, but for fp32: fp16, or any integers for each of its products."""
    pairs = product(INTEGERS, repeat=len(OPS[node.op].matrices))
    return ["fp16", *(names[0] if len(set(names)) == 1 else "+".join(names) for names in pairs)]


def probes(graph: Graph) -> list[tuple[str, str]]:
    """Every node with every precision it can have."""
    return [
        (node.name, precision) for node in graph.nodes if OPS[node.op].matrices for precision in choices(node)
    ]


def alone(graph: Graph, node: str, precision: str) -> dict[str, str]:
    """Precisions of all nodes where only one of them is not in fp32."""
    return {other.name: "fp32" for other in graph.nodes} | {node: precision}


def options(
    graph: Graph,
    losses: Mapping[tuple[str, str], float],
    cycles: Mapping[tuple[str, str], float] | None = None,
) -> list[Option]:
    """Price every precision of every node.

    ``losses`` holds what each of :func:`probes` lost, and ``cycles`` what each node takes where all of its
    products have one precision; those of different ones take their shares of it. Without, time is of no
    account.
    """
    nodes = {node.name: node for node in graph.nodes}
    found = []
    for (name, precision), loss in losses.items():
        op = OPS[nodes[name].op]
        precisions = parse_precision(nodes[name], precision)
        products = list(zip(op.matrices, precisions, strict=True))
        size = node_bytes(replace(nodes[name], precisions=precisions))
        macs = [nodes[name].constants[matrix.weight].size for matrix, _ in products]
        time = sum(
            share / sum(macs) * (cycles or {}).get((name, of.name), 0.0)
            for share, (_, of) in zip(macs, products, strict=True)
        )
        found.append(Option(name, precision, size, time, loss))
    return found


def choose(
    found: Sequence[Option], max_bytes: int | None = None, max_cycles: float | None = None
) -> Assignment:
    """The assignment of least loss whose weights and cycles stay within the budgets.

    Raises :class:`OssicleError`, with the least that is possible, where none does.
    """
    budgets = {"bytes": max_bytes, "cycles": max_cycles}
    best = _solve(found, "loss", budgets)
    if best is not None:
        return best
    for kind, budget in budgets.items():
        least = _least(found, kind)
        if budget is not None and getattr(least, kind) > budget:
            raise OssicleError(
                f"no precisions fit {budget:,.0f} {kind}: the least is {getattr(least, kind):,.0f} with "
                f"{', '.join(f'{node} {of}' for node, of in least.precisions.items())}, "
                f"at an error of {10 * np.log10(max(least.loss, 1e-12)):.0f} dB"
            )
    raise OssicleError("no precisions meet both budgets at once; raise one of them")


def front(found: Sequence[Option], points: int = 24) -> list[Assignment]:
    """Assignments of least loss at sizes from the smallest to that of the least loss of all."""
    smallest, largest = _least(found, "bytes"), choose(found)
    budgets = np.linspace(smallest.bytes, largest.bytes, points)
    best = [choose(found, max_bytes=int(np.ceil(budget))) for budget in budgets]
    return list({assignment.bytes: assignment for assignment in best}.values())


def _least(found: Sequence[Option], cost: str) -> Assignment:
    """The assignment of least ``cost``, whatever else it takes."""
    least = _solve(found, cost, {})
    assert least is not None  # Each node has options, and no budget forbids any.
    return least


def _solve(found: Sequence[Option], cost: str, budgets: Mapping[str, float | None]) -> Assignment | None:
    """Pick one option a node so that the sum of ``cost`` is least; nothing where the budgets forbid it."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    def column(kind: str) -> np.ndarray:
        return np.array([getattr(option, kind) for option in found], float)

    names = sorted({option.node for option in found})
    one_each = np.array([[option.node == name for option in found] for name in names], float)
    constraints = [LinearConstraint(one_each, 1, 1)]
    for kind, budget in budgets.items():
        if budget is not None:
            constraints.append(LinearConstraint(column(kind)[None], -np.inf, budget))
    solution = milp(
        column(cost) / (column(cost).max() or 1.0),
        integrality=np.ones(len(found)),
        bounds=Bounds(0, 1),
        constraints=constraints,
        options={"mip_rel_gap": 0},
    )
    if solution.x is None:
        return None
    picked = [option for option, share in zip(found, solution.x, strict=True) if share > 0.5]
    return Assignment(
        {option.node: option.precision for option in picked},
        sum(option.bytes for option in picked),
        sum(option.cycles for option in picked),
        sum(option.loss for option in picked),
    )
