"""Rounding of weights that looks at what they multiply."""

import numpy as np

DAMPING = 0.01
"""Fraction of the mean power of the operand that is added to each of its elements."""
BLOCK = 32
"""Columns after which what rounding took away is handed on to all later ones, as one product."""


def round_to_fit(weight: np.ndarray, scale: np.ndarray, largest: int, moment: np.ndarray) -> np.ndarray:
    """Codes of a weight ``(rows, columns)`` whose products have about the least squared error.

    ``scale`` is what one LSB of each row stands for, ``largest`` the largest code, and ``moment``
    ``E[x x^T]`` of the operand. Column by column, the most powerful first, what rounding took away is made up
    for by the columns that are not rounded yet (GPTQ, arXiv 2210.17323). Where the elements of the operand
    are not correlated, each weight gets the nearest code. Weights of 0, such as pruned ones, stay 0.
    """
    if not np.triu(moment, 1).any():
        nearest: np.ndarray = np.clip(np.rint(weight / scale[:, None]), -largest, largest)
        return nearest
    power = np.diag(moment)
    damped = moment + DAMPING * (power.mean() or 1.0) * np.eye(len(power))
    order = np.argsort(-power, kind="stable")
    shares = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    left = weight[:, order].T.astype(np.float64)
    present = left != 0
    codes = np.empty_like(left)
    for start in range(0, len(left), BLOCK):
        block = slice(start, start + BLOCK)
        errors = np.empty_like(left[block])
        for j in range(start, start + len(errors)):
            codes[j] = np.clip(np.rint(left[j] / scale), -largest, largest) * present[j]
            errors[j - start] = (left[j] - codes[j] * scale) / shares[j, j]
            left[j + 1 : block.stop] -= np.outer(shares[j, j + 1 : block.stop], errors[j - start])
        left[block.stop :] -= shares[block, block.stop :].T @ errors
    result = np.empty_like(weight, np.float64)
    result[:, order] = codes.T
    return result
