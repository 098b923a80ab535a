"""What each scheme loses and takes, from the results of several benchmarks: the ground of the default."""

from collections.abc import Mapping
from typing import Any, Protocol

from tables import Table, interval

SCHEMES = ("fp32", "fp16", "mixed", "int8", "w8a16", "w4a16")
MODEL, CHIP = "gru256", "stm32h743"


class Results(Protocol):
    """Recorded results by the name of their benchmark."""

    def __getattr__(self, benchmark: str) -> Mapping[str, Any]: ...


def table(results: Results) -> Table:
    """A row for each scheme; what no benchmark has measured is a dash."""
    models, speed = results.ptq["results"]["models"], results.speed["results"]
    chips, plans = results.chips["results"], results.cluster["results"]["plans"]

    def row(scheme: str) -> list[str]:
        return [
            scheme,
            interval(max(of[scheme]["pesq_lost"] for of in models.values()), ".3f"),
            f"{models[MODEL][scheme]['weight_bytes']:,}",
            _of(speed, f"{MODEL} {scheme}", "median_us", ".1f"),
            _of(chips, f"{MODEL} {scheme} {CHIP}", "ms", ".2f"),
            _of(plans, f"{MODEL} {scheme}", "cycles", ",.0f"),
        ]

    columns = ["scheme", "PESQ lost", "bytes", "us, this computer", f"ms, {CHIP}", "cycles, gap9"]
    return Table("schemes", columns, [row(scheme) for scheme in SCHEMES])


def _of(results: Mapping[str, Any], case: str, key: str, form: str) -> str:
    return format(results[case][key], form) if case in results else "-"
