"""The table of ``imports_speed.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each network: microseconds a frame, and what part that is of onnxruntime's."""
    schemes = settings["schemes"]
    rows = [[name, f"{of['macs'] / 1e6:.2f} M", *_times(of, schemes)] for name, of in results.items()]
    columns = ["network", "MAC", "onnxruntime"]
    for scheme in schemes:
        columns += [scheme, "of its time", "MAC per ns"]
    title = f"one core, µs per frame, fastest of {settings['rounds']} rounds"
    return [Table(title, columns, rows)]


def _times(of: Mapping[str, Any], schemes: list[str]) -> list[str]:
    other = of["fastest_us"]["onnxruntime"]
    cells = [f"{other:.1f}"]
    for scheme in schemes:
        own = of["fastest_us"][scheme]
        cells += [f"{own:.1f}", f"{own / other:.2f}", f"{of['macs'] / own / 1e3:.0f}"]
    return cells
