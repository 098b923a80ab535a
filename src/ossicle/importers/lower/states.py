"""In which order a state lies between two steps: in that of the tensor that the step leaves anyway.

A network may keep the states of many layers in one tensor, cut them out and join them again, or keep the rows
of a window without the newest. What counts is only which number of the old state takes which number of the
step. So the state of the graph is what a node wrote: the hidden values of a layer in its own order, or the
whole window that a convolution read, of which the next step reads all but the oldest row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ossicle.importers.lower.builder import Builder

LARGEST_SHARE = 2
"""A tensor is kept as a state if it is at most that many times as large as what is needed of it."""


@dataclass(frozen=True)
class Layout:
    """The tensors that are kept between steps, and where each number of the network's states lies in them."""

    sizes: tuple[int, ...]
    part: np.ndarray
    """Which tensor each number of all states is in, ``(numbers,)``."""
    offset: np.ndarray
    """And where in it."""

    @classmethod
    def as_given(cls, sizes: Sequence[int], ages: np.ndarray | None = None) -> "Layout":
        """One tensor for each state of the network, in its order; where ages are given, the oldest first."""
        part = np.repeat(np.arange(len(sizes)), sizes)
        order = np.arange(part.size) if ages is None else np.lexsort((-ages, part))
        offset = np.empty(part.size, np.int64)
        offset[order] = np.concatenate([np.arange(0), *(np.arange(size) for size in sizes)])
        return cls(tuple(sizes), part, offset)


def ages(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """For how many steps each number of the states was there before, if they are rows that move up.

    ``old`` and ``new`` are the addresses of the numbers of all states, before the step and after.
    """
    place = {int(address): number for number, address in enumerate(old)}
    source = np.array([place.get(int(address), -1) for address in new], np.int64)
    found, younger, before = np.zeros(source.size, np.int64), source, source.size + 1
    # Numbers that go round in a circle never leave; then nothing changes any more.
    while 0 < (moving := younger >= 0).sum() < before:
        found, before = found + moving, int(moving.sum())
        younger = np.where(moving, source[younger], -1)
    return found


def better_layout(builder: Builder, new: np.ndarray, sizes: Sequence[int]) -> Layout:
    """The layout that copies least, from the addresses of the numbers that all states become.

    ``sizes`` are those of the network's states.
    """
    part, offset = np.full(new.size, -1), np.zeros(new.size, np.int64)
    kept: list[int] = []
    for content in _written(builder):
        places = np.full(builder.addresses.total + 1, -1)
        places[content[content >= 0]] = np.flatnonzero(content >= 0)
        found = np.where(new < 0, -1, places[new])
        covered = (part < 0) & (found >= 0)
        if np.unique(new[covered]).size * LARGEST_SHARE >= max(content.size, 1) and covered.any():
            part[covered], offset[covered] = len(kept), found[covered]
            kept.append(content.size)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    for state in np.unique(owner[part < 0]):
        left = (part < 0) & (owner == state)
        part[left], offset[left] = len(kept), np.arange(left.sum())
        kept.append(int(left.sum()))
    return Layout(tuple(kept), part, offset)


def _written(builder: Builder) -> list[np.ndarray]:
    """What lies in each tensor that a node writes: its own addresses, or those of what it copies.

    Copies of old states come first, the largest first: a window holds the newest row with the others.
    Other copies come last, for what they hold lies elsewhere too.
    """
    made = [name for node in builder.nodes for name in node.outputs.values()]
    first = builder.addresses.place(made[0]).start if made else builder.addresses.total
    copies = sorted((np.frombuffer(key, np.int64) for key in builder.copies), key=len, reverse=True)
    windows = [content for content in copies if content.min() < first]
    others = [content for content in copies if content.min() >= first]
    copied = set(builder.copies.values())
    own = [
        np.arange(place.start, place.start + place.size)
        for name in made
        if name not in copied
        for place in [builder.addresses.place(name)]
    ]
    return [*windows, *own, *others]


def written(builder: Builder, layout: Layout, new: np.ndarray, part: int, origin: str) -> str:
    """The tensor that holds what a part of the layout becomes; gathered where none does."""
    mine = np.flatnonzero(layout.part == part)
    offset, wanted = layout.offset[mine], new[mine]
    size = layout.sizes[part]
    for content in _written(builder):
        if content.size == size and (content[offset] == wanted).all():
            return builder.computed(content, origin)
    content = np.full(size, -1)
    content[offset] = wanted
    return builder.computed(content, origin)
