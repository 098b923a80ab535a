"""Values that an operator takes in groups: how they lie in a tensor, and operators that take them so."""

import math

import numpy as np

from ossicle.importers.lower.builder import Builder
from ossicle.importers.repetition import divisors


def consecutive(builder: Builder, groups: np.ndarray, origin: str) -> tuple[str, np.ndarray, np.ndarray]:
    """A tensor in which each group of ``(groups, n)`` values lies together.

    Returns its name, the place of each group in it, and the place of each value within its group. Groups are
    gathered where they do not lie so.
    """
    count, size = groups.shape
    place = builder.addresses.holder(groups)
    if place is not None and place.size == groups.size:
        first, within = np.divmod(groups - place.start, size)
        if (first == first[:, :1]).all() and np.unique(groups).size == groups.size:
            return place.name, first[:, 0], within
    tensor = builder.holding(groups, origin)
    return tensor, np.arange(count), np.broadcast_to(np.arange(size), groups.shape)


def strided(
    builder: Builder, groups: np.ndarray, origin: str
) -> tuple[str, tuple[int, int, int], np.ndarray]:
    """A tensor ``(outer, n, inner)`` in which each group of ``(groups, n)`` stands along the middle axis.

    Returns its name, that shape and the place of each group among ``(outer, inner)``.
    """
    count, size = groups.shape
    place = builder.addresses.holder(groups)
    if place is not None and place.size == groups.size == np.unique(groups).size:
        owner = np.empty(groups.size, np.int64)
        owner[groups - place.start] = np.arange(count)[:, None]
        for inner in divisors(count):
            blocks = owner.reshape(count // inner, size, inner)
            if (blocks == blocks[:, :1]).all():
                return place.name, (count // inner, size, inner), np.argsort(blocks[:, 0].reshape(-1))
    return builder.holding(groups, origin), (count, size, 1), np.arange(count)


def along_last(index: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The values of ``index`` as groups ``(groups, n)`` along some of its axes."""
    kept = [axis for axis in range(index.ndim) if axis not in axes]
    size = math.prod(index.shape[axis] for axis in axes)
    return index.transpose(*kept, *axes).reshape(-1, size)
