"""The tables of ``cluster.py --rtl``: cycles on the RTL testbench beside those of the cycle model."""

from collections.abc import Mapping, Sequence
from typing import Any

from tables import Table

COLUMNS = (
    "model, scheme",
    "cycles, RTL",
    "model",
    "model off by",
    "all workers wait",
    "cycles of recurrent layers",
    "their MAC per cycle",
    "limit: DMA engine",
    "limit: inner loop",
    "of the lower limit",
    "speed-up, 8 workers to 1",
)


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """All plans on all workers, with the speed-up over one where that was measured."""
    many = shared(results)
    title = f"{many[0]['workers']} workers"
    return [Table(title, COLUMNS, [_texts(row, speed_up(row, results)) for row in many])]


def shared(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of several workers."""
    return [row for row in results["rows"] if row["workers"] > 1]


def speed_up(row: Mapping[str, Any], results: Mapping[str, Any]) -> float | None:
    """How many times fewer cycles several workers take than one; None where one was not measured."""
    keys = ("model", "scheme")
    same = (other for other in results["rows"] if all(other[key] == row[key] for key in keys))
    alone = next((other["cycles"] for other in same if other["workers"] == 1), None)
    return alone and alone / row["cycles"]


def speed_ups(results: Mapping[str, Any]) -> list[float]:
    """How many times faster several workers are, of all plans that one was measured with."""
    return [found for row in shared(results) if (found := speed_up(row, results))]


def spread(values: Sequence[float], form: str) -> str:
    """The least and the largest of some figures, as text."""
    return f"{format(min(values), form)} to {format(max(values), form)}"


def _texts(row: Mapping[str, Any], faster: float | None) -> list[str]:
    return [
        f"{row['model']} {row['scheme']}",
        f"{row['cycles']:,}",
        f"{row['modelled']:,}",
        f"{100 * row['error']:+.1f} %",
        f"{100 * row['waiting'] / row['cycles']:.1f} %",
        f"{row['recurrent']:,}",
        f"{row['rate']:.2f}",
        f"{row['dma_bound']:.1f}",
        f"{row['loop_bound']:.1f}",
        f"{100 * row['rate'] / min(row['dma_bound'], row['loop_bound']):.0f} %",
        f"{faster:.2f}" if faster else "",
    ]
