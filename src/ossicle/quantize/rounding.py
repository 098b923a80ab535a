"""Rounding of weights that looks at what they multiply."""

import numpy as np

DAMPING = 0.01
"""Share of the mean power of the operand that is added to each of its elements."""


def round_to_nearest(weight: np.ndarray, scale: np.ndarray, largest: int) -> np.ndarray:
    """Codes of a weight ``(rows, columns)``, each on its own, with one scale a row."""
    return np.clip(np.rint(weight / scale[:, None]), -largest, largest)


def round_to_fit(weight: np.ndarray, scale: np.ndarray, largest: int, operand: np.ndarray) -> np.ndarray:
    """Codes whose products with real operands, ``(frames, columns)``, have about the least squared error.

    Column by column, the most powerful first, what rounding took away is made up for by the columns that
    are not rounded yet (GPTQ, arXiv 2210.17323).
    """
    moment = operand.T @ operand
    power = np.diag(moment)
    moment = moment + DAMPING * (power.mean() or 1.0) * np.eye(len(power))
    order = np.argsort(-power)
    left = weight[:, order].astype(np.float64)
    shares = np.linalg.cholesky(np.linalg.inv(moment[np.ix_(order, order)])).T
    codes = np.zeros_like(left)
    for j in range(left.shape[1]):
        codes[:, j] = round_to_nearest(left[:, j : j + 1], scale, largest)[:, 0]
        error = (left[:, j] - codes[:, j] * scale) / shares[j, j]
        left[:, j + 1 :] -= np.outer(error, shares[j, j + 1 :])
    result = np.empty_like(codes)
    result[:, order] = codes
    return result
