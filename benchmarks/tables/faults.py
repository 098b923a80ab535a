"""The table of ``faults.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table

ENDS = ("refused", "completed", "killed")


def tables(results: Mapping[str, Any]) -> list[Table]:
    """How many faults each command had, and how it ended."""
    columns = ["command", "writes", "faults tried", *ENDS, "lost or half-written"]
    rows = [[name, *map(str, _counts(of))] for name, of in results.items()]
    sums = [f"{sum(_counts(of)[at] for of in results.values()):,}" for at in range(len(columns) - 1)]
    return [Table("faults at the writes of each command", columns, [*rows, ["all", *sums]])]


def _counts(of: Mapping[str, Any]) -> list[int]:
    return [of["writes"], of["faults"], *(of.get(end, 0) for end in ENDS), len(of["wrong"])]
