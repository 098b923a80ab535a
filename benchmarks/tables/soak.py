"""The table of ``soak.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any]) -> list[Table]:
    """What hours of sound did to each model and scheme."""
    columns = ["model, scheme", "hours", "all finite", "largest output"]
    columns += ["SQNR first", "worst", "last, dB", "slowest sound", "time of it"]
    rows = [[name, *_cells(of)] for name, of in results.items()]
    return [Table("hours of sound", columns, rows)]


def _cells(of: Mapping[str, Any]) -> list[str]:
    sqnr = (of[f"{which}_sqnr_db"] for which in ("first", "worst", "last"))
    return [
        f"{of['hours']:.1f}",
        "yes" if of["finite"] else "NO",
        f"{of['peak']:.2f}",
        *("-" if value is None else f"{value:.1f}" for value in sqnr),
        of["slowest"],
        f"{of['slowdown']:.2f}",
    ]
