"""The tables of ``cluster.py --rtl``: plans on the RTL bench beside the model of their cycles."""

from collections.abc import Mapping, Sequence
from typing import Any

from tables import Table

COLUMNS = (
    "model, scheme",
    "cycles, RTL",
    "model",
    "off by",
    "all wait",
    "recurrent, cycles",
    "MAC a cycle",
    "bound: DMA",
    "loop",
    "of the lesser",
    "8 workers to 1",
)


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A table for each speed of the DMA engine: all workers, with the speed-up over one."""
    return [at_speed(results, dma) for dma in settings["dma_bytes"]]


def at_speed(results: Mapping[str, Any], dma: int) -> Table:
    """All plans with an engine of so many bytes a cycle."""
    many = shared(results, dma)
    title = f"{many[0]['workers']} workers, {dma} bytes a cycle from L2"
    return Table(title, COLUMNS, [_texts(row, speed_up(row, results)) for row in many])


def shared(results: Mapping[str, Any], dma: int) -> list[Mapping[str, Any]]:
    """The rows of several workers."""
    return [row for row in results["rows"] if row["workers"] > 1 and row["dma_bytes"] == dma]


def speed_up(row: Mapping[str, Any], results: Mapping[str, Any]) -> float:
    """How many times fewer cycles several workers take than one."""
    keys = ("model", "scheme", "dma_bytes")
    same = (other for other in results["rows"] if all(other[key] == row[key] for key in keys))
    return next(other["cycles"] for other in same if other["workers"] == 1) / row["cycles"]


def speed_ups(results: Mapping[str, Any], dma: int) -> list[float]:
    """How many times faster several workers are, of all plans with an engine of so many bytes a cycle."""
    return [speed_up(row, results) for row in shared(results, dma)]


def spread(values: Sequence[float], form: str) -> str:
    """The least and the largest of some figures, as text."""
    return f"{format(min(values), form)} to {format(max(values), form)}"


def _texts(row: Mapping[str, Any], faster: float) -> list[str]:
    return [
        f"{row['model']} {row['scheme']}",
        f"{row['cycles']:,}",
        f"{row['modelled']:,}",
        f"{100 * row['error']:+.1f} %",
        f"{100 * row['waiting'] / row['cycles']:.1f} %",
        f"{row['recurrent']:,}",
        f"{row['rate']:.2f}",
        f"{row['dma_bound']:g}",
        f"{row['loop_bound']:.1f}",
        f"{100 * row['rate'] / min(row['dma_bound'], row['loop_bound']):.0f} %",
        f"{faster:.2f}",
    ]
