"""What a layout is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ossicle.numerics.formats import Precision


@dataclass(frozen=True)
class Layout:
    """An order of the elements of a weight ``(rows, columns)``."""

    name: str
    pack: Callable[[np.ndarray, Precision], np.ndarray]
    """The table in C, from the codes or floats of the weight."""
    bytes: Callable[[np.ndarray, Precision], int]
    """Size of that table, without making it; of codes or of the floats that codes will stand for."""
    even: bool = True
    """Whether all rows take as many bytes, so that a table can be cut between groups of rows."""
    words: bool = False
    """Whether the table is of words of 32 bits, for their alignment, whatever the weights are."""


def tables_of_words(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays one after another as words of 32 bits, zeros filling up the last one."""
    data = b"".join(part.tobytes() for part in parts)
    return np.frombuffer(data + bytes(-len(data) % 4), "<u4")
