"""The table of ``audio_formats.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any]) -> list[Table]:
    """How many files of each format are right, refused and wrong, read and written."""
    columns = ["format", "in: right", "refused", "wrong", "out: right", "refused", "wrong"]
    rows = [[kind, *_counts(of["in"]), *_counts(of["out"])] for kind, of in results.items()]
    sums = ["all", *(str(sum(int(row[at]) for row in rows)) for at in range(1, len(columns)))]
    return [Table("audio files by format", columns, [*rows, sums])]


def refusals(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Why files of a format were refused."""
    return [(kind, "; ".join(of["reasons"])) for kind, of in results.items() if of["reasons"]]


def _counts(ends: Mapping[str, int]) -> list[str]:
    known = ("right", "refused", "not made")
    wrong = sum(count for end, count in ends.items() if end not in known)
    return [str(ends.get("right", 0)), str(ends.get("refused", 0)), str(wrong)]
