"""Softmax from int16 to Q15 as LiteRT and TFLM compute it, by two tables (docs/numerics.md)."""

from collections.abc import Callable

import numpy as np

from ossicle.numerics.fixed_point import Rounding, fixed_point, rescale
from ossicle.numerics.functions import INTERVALS

REACH = 10.0
"""Difference between scores whose power the first table ends with."""
ENTRIES = INTERVALS + 1


def _half_away(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.copysign(np.floor(np.abs(values) + 0.5), values)
    return rounded


def _table(low: float, high: float, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A function at even distances from ``low`` to ``high`` in Q15, int16 ``(513,)``.

    Each entry but the last is moved by half of what a line to the next one would be off in the middle.
    """
    step = (high - low) / INTERVALS
    places = low + step * np.arange(INTERVALS)
    entries = _half_away(32768 * function(places))
    line = _half_away((entries + 32768 * function(places + step)) / 2)
    moved = entries - _half_away((line - _half_away(32768 * function(places + step / 2))) / 2)
    last = _half_away(32768 * function(np.array([high])))
    table: np.ndarray = np.clip(np.append(moved, last), -32768, 32767).astype(np.int16)
    return table


def softmax_tables() -> dict[str, np.ndarray]:
    """The constants of a node."""
    return {"powers": _table(-REACH, 0.0, np.exp), "reciprocals": _table(0.0, 1.0, lambda x: 1 / (1 + x))}


def place_factor(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Multiplier and shift from differences between codes to places in the table of powers."""
    return fixed_point(np.array(scale / (REACH / 65535)))


def softmax_by_tables(x: np.ndarray, scale: float, powers: np.ndarray, reciprocals: np.ndarray) -> np.ndarray:
    """Probabilities of scores ``(..., n)``."""
    below = x.astype(np.int64) - x.max(axis=-1, keepdims=True)
    places = np.maximum(rescale(below, *place_factor(scale), Rounding.TWICE), -65535) + 32767
    found = _at(powers, places)
    sums = found.sum(axis=-1, keepdims=True)
    bits = np.frexp(sums.astype(np.float64))[1].astype(np.int64)
    # The sum as 1 to 2 with 16 fraction bits, less one.
    fraction = (((sums << (31 - bits)) + (1 << 13)) >> 14) - (3 << 15)
    inverse = _at(reciprocals, np.clip(fraction, -32768, 32767))
    shares = (found * inverse + (1 << (bits - 2))) >> (bits - 1)
    probabilities: np.ndarray = np.clip(shares, 0, 32767).astype(np.int16)
    return probabilities


def _at(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The table at int16 codes, linear between its entries, which are 128 codes apart."""
    entries, place = table.astype(np.int64), codes + 32768
    low, high = entries[place >> 7], entries[(place >> 7) + 1]
    result: np.ndarray = low + (((high - low) * (place & 127) + 64) >> 7)
    return result
