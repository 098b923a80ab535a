"""The table of ``fuzz.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table

ENDS = ("read", "refused", "traceback", "crash", "hang")


def tables(results: Mapping[str, Any]) -> list[Table]:
    """How many inputs of each reader were read, refused, and neither."""
    columns = ["reader", "inputs tried", "read", "refused", "tracebacks", "crashes", "hangs"]
    rows = [[name, *(f"{of.get(key, 0):,}" for key in ("inputs", *ENDS))] for name, of in results.items()]
    sums = [f"{sum(of.get(key, 0) for of in results.values()):,}" for key in ("inputs", *ENDS)]
    return [Table("damaged files by reader", columns, [*rows, ["all", *sums]])]
