"""The table of ``sensitivity.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each assignment of precisions."""
    rows = [
        [
            "least output error at this size" if case["name"].isdigit() else case["name"],
            f"{case['weight_bytes']:,}" if case["weight_bytes"] else "",
            "" if case["expected_db"] is None else f"{case['expected_db']:.1f}",
            f"{case['measured_db']:.1f}",
            f"{case['pesq_lost']:.3f}",
        ]
        for case in results["cases"]
    ]
    title = (
        f"{settings['model']}, {settings['files']} {settings['split']} mixtures; "
        f"rank correlation of error and PESQ lost {results['rank']:.2f}"
    )
    return [Table(title, ["", "weights, bytes", "expected error, dB", "measured, dB", "PESQ lost"], rows)]


def furthest_apart(results: Mapping[str, Any]) -> float:
    """The most dB between the error that the search expects of an assignment and the measured one."""
    cases = (case for case in results["cases"] if case["expected_db"] is not None)
    return max(abs(case["expected_db"] - case["measured_db"]) for case in cases)
