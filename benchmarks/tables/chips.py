"""The table of ``chips.py``."""

from collections.abc import Mapping
from typing import Any

from ossicle.targets import load_target
from tables import Table

COLUMNS = (
    "model, scheme, chip",
    "compiler",
    "M instr.",
    "instr. per MAC",
    "ms",
    "of real time",
    "uJ",
    "flash kB",
    "RAM kB",
)


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each case."""
    rows = [_row(case, results[case]) for case in settings["cases"]]
    return [Table("per frame; instructions are counted, milliseconds estimated", COLUMNS, rows)]


def fraction_of_frame(found: Mapping[str, Any], more_line_cycles: int = 0) -> float:
    """Fraction of a frame that a model takes where each line of weights takes so many cycles more."""
    lines_ms = found["weight_ms"] / found["line_cycles"] if found["line_cycles"] else 0
    return (found["ms"] + more_line_cycles * lines_ms) / found["frame_ms"]


def slowest_line(found: Mapping[str, Any]) -> int:
    """The most cycles of a line of weights at which a model is in real time."""
    more = 0
    while fraction_of_frame(found, more + 1) <= 1:
        more += 1
    return found["line_cycles"] + more


def microjoules(chip: str, cycles: float) -> str:
    """Energy of so many cycles, the least and the most that was measured of a chip with this core."""
    energy = load_target(chip).chip.energy
    return "{:.0f} to {:.0f}".format(*energy.microjoules(cycles)) if energy else ""


def _row(case: str, found: Mapping[str, Any]) -> list[str]:
    model, scheme, chip, *compiler = case.split()
    return [
        f"{model} {scheme}, {chip}",
        *(compiler or ["zig"]),
        f"{found['instructions'] / 1e6:.2f}",
        f"{found['per_mac']:.2f}",
        f"{found['ms']:.2f}",
        f"{100 * fraction_of_frame(found):.0f} %",
        microjoules(chip, found["cycles"]),
        f"{found['flash_bytes'] / 1000:.0f}",
        f"{found['ram_bytes'] / 1000:.1f}",
    ]
