"""The table of ``placement.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any], over: int = 0) -> list[Table]:
    """Bytes of each plan, of those that take so many, and the least possible; values that only move."""
    columns = ["", "fields", "scratch", "least scratch", "plan / least", "gathered", "copied"]
    rows = [
        [
            name,
            f"{of['fields']:,}",
            f"{of['scratch']:,}",
            f"{of['least_scratch']:,}" if of["proven"] else f"over {of['least_scratch']:,}",
            f"{of['ratio']:.3f}",
            f"{of['gathered']:,}",
            f"{of['copied']:,}",
        ]
        for name, of in results.items()
        if of["fields"] + of["scratch"] > over
    ]
    return [Table("bytes of plans, and values moved in a frame", columns, rows)]
