"""What the verbs that run and plan a model give: results that say themselves what is printed of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.targets import Target
from ossicle.verify.node_check import Verification


@dataclass(frozen=True)
class Table:
    """A table of texts."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


Shown = str | Table
"""A line, or a table."""


class Result(ABC):
    """What a verb found out of a model on a target."""

    repaired: int = 0
    """Samples of the input that were NaN or infinite and were taken for silence."""

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""

    @abstractmethod
    def shown(self, name: str, target: Target) -> Iterator[Shown]:
        """What is printed of a model called ``name``."""

    def problem(self, name: str, target: Target) -> str:
        """Why the model must not be used, in a sentence; empty where nothing is wrong."""
        return ""


class Estimate(Result):
    """What models say of a plan."""

    @abstractmethod
    def plan_as_dict(self) -> dict[str, Any]:
        """The plan itself, as plain data."""

    @abstractmethod
    def draw(self, path: Path, title: str) -> None:
        """Draw a frame of the plan."""


@dataclass(frozen=True, kw_only=True)
class Emulation(Result):
    """One run of a model's program, held to this computer's C and to the simulation."""

    on: str
    """What it ran on."""
    output: np.ndarray = field(repr=False)
    """Of the type that the program puts out."""
    largest_difference: float
    """To the host's output."""
    unit: str = field(repr=False)
    """Of that difference."""
    verification: Verification = field(repr=False)
    """Each node against the simulation."""
    repaired: int = 0
    """Samples of the input that were NaN or infinite and were taken for silence."""

    @property
    def differing_nodes(self) -> tuple[str, ...]:
        """Nodes whose results are not what the simulation says they must be."""
        return self.verification.differing_nodes

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; without the output."""
        return {
            "on": self.on,
            "repaired": self.repaired,
            "equal_to_host": self.largest_difference == 0,
            "largest_difference": self.largest_difference,
            "equal_to_simulation": self.verification.equal,
            "verification": self.verification.as_dict(),
        }

    def problem(self, name: str, target: Target) -> str:
        """Names the nodes that differ from the simulation."""
        if not self.differing_nodes:
            return ""
        return (
            f"{', '.join(self.differing_nodes)} of {name} did not give what the simulation says on "
            f"{target.name}; do not ship this program, and report it with the model"
        )

    def shown(self, name: str, target: Target) -> Iterator[Shown]:
        """The output against the host's, and each node against the simulation."""
        yield f"{name} for {target.description}, on {self.on}:"
        yield from self.comparison()

    def comparison(self) -> Iterator[Shown]:
        """How equal it is, in lines."""
        differs = f"no, up to {self.largest_difference:g} {self.unit}" if self.largest_difference else "yes"
        yield f"output equal to this computer's C: {differs}"
        checked = self.verification
        tensors = len(checked.checks)
        if checked.exact:
            equal, values = (sum(getattr(c, key) for c in checked.exact) for key in ("equal", "values"))
            yield (
                f"equal to the simulation, bit for bit: {equal:,} of {values:,} values, "
                f"in {len(checked.exact)} of {tensors} tensors"
            )
        if worst := checked.worst_float:
            yield (
                f"products of floats: {len(checked.floats)} of {tensors} tensors; the worst, {worst.tensor}, "
                f"is {worst.sqnr_db:.0f} dB from the simulation, where {worst.bound_db:.0f} dB are needed"
            )
        if not tensors:
            yield (
                "nothing was compared with the simulation: the inputs are less than a frame, or the emulator "
                "shows no memory"
            )
