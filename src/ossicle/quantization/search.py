"""The precisions of least output error within a budget: one candidate for each node, solved exactly.

The output error of a candidate is measured with all other nodes in float (one-at-a-time sensitivity). Output
errors are powers, so that independent ones add up; whoever uses the result verifies the sum.
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
from ossicle.quantization.schemes import parse_precision

INTEGERS = tuple(name for name, precision in PRECISIONS.items() if 0 < precision.weight_bits <= 8)
"""Those of 16-bit weights take the bytes of fp16, and lose more."""


@dataclass(frozen=True)
class Candidate:
    """A node in a precision: what it takes, and its output error."""

    node: str
    precision: str
    bytes: int
    cycles: float
    output_error: float


@dataclass(frozen=True)
class Assignment:
    """Precision of each node, with the sums over the nodes."""

    precisions: dict[str, str]
    bytes: int
    cycles: float
    output_error: float


def candidate_precisions(node: Node) -> list[str]:
    """Every precision that a node can have, but for fp32: fp16, or any integers for each of its products."""
    pairs = product(INTEGERS, repeat=len(OPS[node.op].matrices))
    return ["fp16", *(names[0] if len(set(names)) == 1 else "+".join(names) for names in pairs)]


def one_at_a_time(graph: Graph) -> list[tuple[str, str]]:
    """Every node with every precision it can have."""
    return [
        (node.name, precision)
        for node in graph.nodes
        if OPS[node.op].matrices
        for precision in candidate_precisions(node)
    ]


def all_in_fp32_but(graph: Graph, node: str, precision: str) -> dict[str, str]:
    """Precisions of all nodes where only one of them is not in fp32."""
    return {other.name: "fp32" for other in graph.nodes} | {node: precision}


def candidates_of(
    graph: Graph,
    output_errors: Mapping[tuple[str, str], float],
    cycles: Mapping[tuple[str, str], float] | None = None,
) -> list[Candidate]:
    """Every precision of every node, with what it takes.

    ``output_errors`` are those of :func:`one_at_a_time`, and ``cycles`` what each node takes where all of its
    products have one precision; those of different ones take their fractions of it. Without, time does
    not count.
    """
    nodes = {node.name: node for node in graph.nodes}
    found = []
    for (name, precision), output_error in output_errors.items():
        op = OPS[nodes[name].op]
        precisions = parse_precision(nodes[name], precision)
        products = list(zip(op.matrices, precisions, strict=True))
        size = node_bytes(replace(nodes[name], precisions=precisions))
        macs = [nodes[name].constants[matrix.weight].size for matrix, _ in products]
        time = sum(
            part / sum(macs) * (cycles or {}).get((name, of.name), 0.0)
            for part, (_, of) in zip(macs, products, strict=True)
        )
        found.append(Candidate(name, precision, size, time, output_error))
    return found


def choose(
    found: Sequence[Candidate], max_bytes: int | None = None, max_cycles: float | None = None
) -> Assignment:
    """The assignment of least output error whose weights and cycles stay within the budgets.

    Raises :class:`OssicleError`, with the least that is possible, where none does.
    """
    budgets = {"bytes": max_bytes, "cycles": max_cycles}
    best = _solve(found, "output_error", budgets)
    if best is not None:
        return best
    for kind, budget in budgets.items():
        least = _least(found, kind)
        if budget is not None and getattr(least, kind) > budget:
            raise OssicleError(
                f"no precisions fit {budget:,.0f} {kind}: the least is {getattr(least, kind):,.0f} with "
                f"{', '.join(f'{node} {of}' for node, of in least.precisions.items())}, "
                f"at an error of {10 * np.log10(max(least.output_error, 1e-12)):.0f} dB"
            )
    raise OssicleError("no precisions meet both budgets at once; raise one of them")


def front(found: Sequence[Candidate], points: int = 24) -> list[Assignment]:
    """Assignments of least output error at sizes from the smallest to that of the least error of all."""
    smallest, largest = _least(found, "bytes"), choose(found)
    budgets = np.linspace(smallest.bytes, largest.bytes, points)
    best = [choose(found, max_bytes=int(np.ceil(budget))) for budget in budgets]
    return list({assignment.bytes: assignment for assignment in best}.values())


def _least(found: Sequence[Candidate], cost: str) -> Assignment:
    """The assignment of least ``cost``, whatever else it takes."""
    least = _solve(found, cost, {})
    assert least is not None  # Each node has candidates, and no budget forbids any.
    return least


def _solve(found: Sequence[Candidate], cost: str, budgets: Mapping[str, float | None]) -> Assignment | None:
    """Pick one candidate a node so that the sum of ``cost`` is least; nothing where the budgets forbid it."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    def column(kind: str) -> np.ndarray:
        return np.array([getattr(candidate, kind) for candidate in found], float)

    names = sorted({candidate.node for candidate in found})
    one_each = np.array([[candidate.node == name for candidate in found] for name in names], float)
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
    picked = [candidate for candidate, taken in zip(found, solution.x, strict=True) if taken > 0.5]
    return Assignment(
        {candidate.node: candidate.precision for candidate in picked},
        sum(candidate.bytes for candidate in picked),
        sum(candidate.cycles for candidate in picked),
        sum(candidate.output_error for candidate in picked),
    )
