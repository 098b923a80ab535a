"""The table of ``imports_chips.py``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tables import Table

COLUMNS = ("network", "chip", "k MAC", "M instr.", "M cycles", "ms", "of real time", "flash kB", "RAM kB")


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each network on each chip."""
    cases = [(Path(name).stem, chip) for name in settings["networks"] for chip in settings["chips"]]
    rows = [_row(*case, results[" ".join(case)]) for case in cases]
    return [Table("per frame; instructions are counted, milliseconds estimated", COLUMNS, rows)]


def _row(network: str, chip: str, found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [network, chip, *["does not fit"], *[""] * (len(COLUMNS) - 3)]
    return [
        network,
        chip,
        f"{found['macs'] / 1e3:.0f}",
        f"{found['instructions'] / 1e6:.2f}",
        f"{found['cycles'] / 1e6:.2f}",
        f"{found['ms']:.2f}",
        f"{100 * found['ms'] / found['frame_ms']:.0f} %",
        f"{found['flash_bytes'] / 1000:.0f}",
        f"{found['ram_bytes'] / 1000:.1f}",
    ]
