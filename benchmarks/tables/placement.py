"""The table of ``placement.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """Bytes of each plan and the least that are possible; values that only move."""
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
    ]
    return [Table("bytes of plans, and values moved in a frame", columns, rows)]
