"""Weights that become zero, in groups of neighbouring rows and columns."""

from collections.abc import Sequence

import numpy as np

from ossicle.pruning.operand import Operand

STEPS = 4
"""In which weights go by what they cost: what one costs depends on which others are left."""


def largest_kept(rating: np.ndarray, group: tuple[int, int], sparsity: float) -> np.ndarray:
    """Mask of a weight without the groups of the least mean rating: a fraction ``sparsity`` of them."""
    rows, columns = rating.shape
    starts = [np.arange(0, size, of) for size, of in zip(rating.shape, group, strict=True)]
    sums = np.add.reduceat(np.add.reduceat(rating, starts[0], axis=0), starts[1], axis=1)
    sizes = [np.diff([*start, size]) for start, size in zip(starts, rating.shape, strict=True)]
    means = (sums / np.outer(*sizes)).ravel()
    kept = np.ones(means.size, bool)
    kept[np.argsort(means, kind="stable")[: round(sparsity * means.size)]] = False
    blocks = kept.reshape(sums.shape)
    whole: np.ndarray = blocks.repeat(group[0], axis=0)[:rows].repeat(group[1], axis=1)[:, :columns]
    return whole


def least_loss(
    weight: np.ndarray, operands: Sequence[Operand], group: tuple[int, int], sparsity: float
) -> np.ndarray:
    """The weight without the groups whose loss costs the results least, which the others make up for.

    ``operands`` are those of as many groups of rows.
    """
    kept = np.ones(weight.shape, bool)
    for step in range(STEPS):
        rating = np.concatenate([rating for _, rating in _fits(weight, operands, kept)])
        rating[~kept] = -1.0
        kept = largest_kept(rating, group, sparsity * (step + 1) / STEPS)
    return np.concatenate([fitted for fitted, _ in _fits(weight, operands, kept)])


def _fits(
    weight: np.ndarray, operands: Sequence[Operand], kept: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each group of rows, the fitted weights and what each of these costs."""
    parts = (np.split(of, len(operands)) for of in (weight, kept))
    return [_fit(rows, operand, left) for rows, left, operand in zip(*parts, operands, strict=True)]


def _fit(weight: np.ndarray, operand: Operand, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fitted, rating = np.zeros_like(weight), np.zeros_like(weight)
    masks, of_row = np.unique(kept, axis=0, return_inverse=True)
    for index, mask in enumerate(masks):
        rows = of_row.ravel() == index
        inverse = operand.inverse(mask)
        fitted[rows] = operand.fitted(weight[rows], mask, inverse)
        rating[rows] = operand.losses(fitted[rows], mask, inverse)
    return fitted, rating
