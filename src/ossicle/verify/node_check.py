"""Each node of a running program against its simulation, on the very inputs that the C gave it."""

import math
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.numerics.formats import DType
from ossicle.simulate import Simulator

SQNR_BOUNDS_DB = {DType.F32: 90.0, DType.F16: 60.0}
"""What products must reach in floats, by their type: the order of their sums is free (docs/numerics.md)."""


class TracedProgram(Protocol):
    """A stream whose buffers all keep their values after a frame."""

    graph: Graph

    def process(self, frame: np.ndarray) -> None:
        """Run a frame on the items that it takes."""

    def value(self, name: str) -> np.ndarray:
        """A tensor as the last frame left it."""


@dataclass(frozen=True)
class TensorCheck:
    """A result of a node in the running program against the simulation's, over all frames that were run."""

    node: str
    tensor: str
    bound_db: float | None
    """Least SQNR of the floats of a product; None where every value must be equal (:func:`exact`)."""
    values: int
    equal: int
    """Of these values, as many as are equal bit for bit."""
    sqnr_db: float
    """Infinite where all values are equal."""

    @property
    def passed(self) -> bool:
        """Whether the values are what they must be."""
        return self.equal == self.values if self.bound_db is None else self.sqnr_db >= self.bound_db

    @property
    def margin_db(self) -> float:
        """By how much the SQNR exceeds the bound; infinite where there is none."""
        return math.inf if self.bound_db is None else self.sqnr_db - self.bound_db


@dataclass(frozen=True)
class Verification:
    """All results of all nodes of a program against the simulation's."""

    checks: tuple[TensorCheck, ...]

    @property
    def exact(self) -> tuple[TensorCheck, ...]:
        """Those of which every value must be equal."""
        return tuple(check for check in self.checks if check.bound_db is None)

    @property
    def floats(self) -> tuple[TensorCheck, ...]:
        """Those that must reach an SQNR."""
        return tuple(check for check in self.checks if check.bound_db is not None)

    @property
    def equal(self) -> bool | None:
        """Whether all values that must be equal are; None where there were none."""
        return all(check.passed for check in self.exact) if self.exact else None

    @property
    def passed(self) -> bool | None:
        """Whether all results are what they must be; None where nothing was compared."""
        return not self.differing_nodes if self.checks else None

    @property
    def worst_float(self) -> TensorCheck | None:
        """The floats that are nearest to their bound, or furthest below it; None where there are none."""
        return min(self.floats, key=lambda check: check.margin_db, default=None)

    @property
    def differing_nodes(self) -> tuple[str, ...]:
        """Nodes with a result that is not what it must be."""
        return tuple(dict.fromkeys(check.node for check in self.checks if not check.passed))

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; None where nothing was compared."""
        worst = self.worst_float
        return {
            "passed": self.passed,
            "tensors": len(self.checks),
            "values": sum(check.values for check in self.checks),
            "exact": _counts(self.exact) if self.exact else None,
            "floats": _counts(self.floats)
            | {"worst": worst.tensor, "sqnr_db": worst.sqnr_db, "bound_db": worst.bound_db}
            if worst
            else None,
            "differing_nodes": list(self.differing_nodes),
        }


def verify(traced: TracedProgram, items: np.ndarray) -> Verification:
    """Run the whole frames of ``items``, ``(n,)``, and simulate each node on the inputs that it had.

    ``items`` are what the program reads: int16 samples, or a record of its inputs for each frame.
    """
    graph, simulator = traced.graph, Simulator(traced.graph)
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    nodes = {node.name: node for node in graph.nodes}
    for number, frame in enumerate(whole_frames(items, graph.task.frame_items)):
        before = {state.input: traced.value(state.input) for state in graph.states}
        traced.process(frame)
        if number < graph.task.lead:
            continue
        for node in graph.nodes:
            names = node.inputs.values()
            inputs = [before[name] if name in before else traced.value(name) for name in names]
            for name, expected in zip(node.outputs.values(), simulator.run(node, inputs), strict=True):
                tallies[node.name, name].add(traced.value(name), expected)
    return Verification(
        tuple(
            TensorCheck(node, name, _bound(nodes[node], graph.tensors[name].dtype), *tally.result())
            for (node, name), tally in tallies.items()
        )
    )


def whole_frames(items: np.ndarray, per_frame: int) -> np.ndarray:
    """The items of each whole frame, ``(frames, per_frame)``."""
    return items[: len(items) // per_frame * per_frame].reshape(-1, per_frame)


@dataclass
class _Tally:
    """Sums over all frames, since in a silent one rounding errors are all that there is to compare."""

    values: int = 0
    equal: int = 0
    power: float = 0.0
    error: float = 0.0

    def add(self, found: np.ndarray, expected: np.ndarray) -> None:
        self.values += expected.size
        self.equal += int(np.count_nonzero(found == expected))
        exact = expected.astype(np.float64)
        self.power += float(np.sum(exact**2))
        with np.errstate(invalid="ignore"):
            self.error += float(np.sum((found.astype(np.float64) - exact) ** 2))

    def result(self) -> tuple[int, int, float]:
        if self.equal == self.values:
            return self.values, self.equal, math.inf
        # Errors that are no numbers are as bad as can be.
        ratio = self.power / self.error if math.isfinite(self.error) else 0.0
        return self.values, self.equal, 10 * math.log10(ratio) if ratio else -math.inf


def exact(node: Node, dtype: DType) -> bool:
    """Whether the values that a node writes must be those of the simulation, bit for bit.

    Of floats that are those of nodes without products, whose arithmetic has one order everywhere.
    """
    return dtype not in SQNR_BOUNDS_DB or not OPS[node.op].matrices


def _bound(node: Node, dtype: DType) -> float | None:
    return None if exact(node, dtype) else SQNR_BOUNDS_DB[dtype]


def _counts(checks: Collection[TensorCheck]) -> dict[str, int]:
    return {
        "tensors": len(checks),
        "values": sum(check.values for check in checks),
        "equal_values": sum(check.equal for check in checks),
    }
