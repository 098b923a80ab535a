"""Tables of recorded results, one module for each benchmark: the terminal and the documents show the same."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Texts under a title."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """As Markdown, without the title."""
        lines = [self.columns, *self.rows]
        head, *rest = (f"| {' | '.join(line)} |" for line in lines)
        return "\n".join([head, "|---" * len(self.columns) + "|", *rest])


def interval(values: Sequence[float], form: str) -> str:
    """A mean with the ends of its interval."""
    mean, low, high = (format(value, form) for value in values)
    return f"{mean} ({low} to {high})"
