"""The table of ``speed.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each model and scheme."""
    cases = [f"{name} {scheme}" for name in settings["models"] for scheme in settings["schemes"]]
    rows = [
        [case, f"{results[case]['median_us']:.1f}", f"{results[case]['real_time_factor']:.4f}"]
        for case in cases
    ]
    title = f"one core, median of {settings['rounds']} rounds in turn"
    return [Table(title, ["model, scheme", "us per frame", "of real time"], rows)]
