"""An index as few regular copies: blocks of values that lie at even distances in input and output."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

LEAST_STRETCH = 4
"""Values side by side that are copied faster as the innermost loop than more values apart."""


@dataclass(frozen=True)
class Loop:
    """So many values or groups of values, at even distances in input and output."""

    count: int
    from_step: int
    to_step: int


@dataclass(frozen=True)
class Block:
    """Three nested loops, the innermost last, which begin at a value of the input and of the output."""

    start: int
    """In the input."""
    to: int
    """In the output."""
    loops: tuple[Loop, ...]


def blocks_of(start: np.ndarray, to: np.ndarray) -> list[Block]:
    """Blocks that copy the values at ``start`` of an input to the places ``to``, which ascend."""
    runs = [Block(int(start[first]), int(to[first]), (loop,)) for first, loop in _runs(start, to)]
    return [_ordered(block) for block in _merged(_merged(runs))]


def _runs(start: np.ndarray, to: np.ndarray) -> list[tuple[int, Loop]]:
    """Stretches of places at even distances: their first ones, and their loops.

    Two neighbouring stretches share a place, which the longer one gets.
    """
    steps = np.stack([np.diff(start), np.diff(to)], axis=1)
    changes = np.flatnonzero((steps[1:] != steps[:-1]).any(axis=1)) + 1
    ends = [0, *changes.tolist(), len(steps)] if len(steps) else []
    taken = np.zeros(len(to), bool)
    runs = []
    for begin, end in sorted(pairwise(ends), key=lambda of: of[0] - of[1]):
        first, last = begin + int(taken[begin]), end - int(taken[end])
        if first < last:
            taken[first : last + 1] = True
            runs.append((first, Loop(last - first + 1, *steps[begin].tolist())))
    runs += [(int(place), Loop(1, 0, 0)) for place in np.flatnonzero(~taken)]
    return sorted(runs, key=lambda run: run[0])


def _merged(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with one more loop, over equal ones at even distances."""
    equal = defaultdict(list)
    for block in blocks:
        equal[block.loops].append(block)
    merged = []
    for loops, group in equal.items():
        places = [(block.start, block.to) for block in group]
        while places:
            (start, to), count, step = places[0], 1, (0, 0)
            if len(places) > 1:
                step = (places[1][0] - start, places[1][1] - to)
            while count < len(places) and places[count] == (start + count * step[0], to + count * step[1]):
                count += 1
            loop = Loop(count, *(step if count > 1 else (0, 0)))
            merged.append(Block(start, to, (loop, *loops)))
            places = places[count:]
    return sorted(merged, key=lambda block: block.to)


def _ordered(block: Block) -> Block:
    """The same block with the loop innermost that is best there."""

    def worth(loop: Loop) -> tuple[bool, int]:
        stretch = loop.from_step == loop.to_step == 1 and loop.count >= LEAST_STRETCH
        return stretch, loop.count

    return Block(block.start, block.to, tuple(sorted(block.loops, key=worth)))
