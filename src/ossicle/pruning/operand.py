"""What a matrix multiplies, and the weights that serve it best where some have to go.

Without some of its weights w, a row's result loses least if those that stay become ``C_RR^-1 C_R w``, where C
is the covariance of the operand and R are the columns that stay; what is left of the mean goes to the bias.
Without one more weight it then loses ``w_i^2 / (C_RR^-1)_ii`` (optimal brain surgeon, Hassibi and Stork 1993;
with calibration data for each layer apart: arXiv 2208.11580, 2301.00774).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ossicle.graph.calibration import Moments

DAMPING = 0.01
"""Fraction of the mean variance of an operand that is added to each."""


@dataclass(frozen=True, eq=False)
class Operand:
    """Moments of what the rows of a matrix multiply."""

    mean: np.ndarray
    """``(columns,)``."""
    covariance: np.ndarray
    """``(columns, columns)``; or ``(columns,)`` variances, where nobody knows more."""

    @classmethod
    def of(cls, moments: Moments, group: int) -> "Operand":
        """Of a group of a product."""
        mean, power = moments.mean[group].astype(np.float64), moments.power[group].astype(np.float64)
        if not moments.correlation.any():
            variance = np.maximum(power - mean**2, 0.0)
            return cls(mean, variance + DAMPING * (variance.mean() or 1.0))
        covariance = moments.covariance(group)
        damping = DAMPING * (np.diag(covariance).mean() or 1.0)
        return cls(mean, covariance + damping * np.eye(len(mean)))

    def inverse(self, kept: np.ndarray) -> np.ndarray:
        """Inverse of the covariance of the columns that stay, or of their variances."""
        if self.covariance.ndim == 1:
            inverse: np.ndarray = 1 / self.covariance[kept]
            return inverse
        return np.linalg.inv(self.covariance[np.ix_(kept, kept)])

    def fitted(self, weight: np.ndarray, kept: np.ndarray, inverse: np.ndarray) -> np.ndarray:
        """Rows ``(rows, columns)`` with nothing but the columns that stay, which make up for the others."""
        result = np.zeros_like(weight)
        if self.covariance.ndim == 1:
            result[:, kept] = weight[:, kept]
        else:
            result[:, kept] = weight @ self.covariance[:, kept] @ inverse
        return result

    def losses(self, weight: np.ndarray, kept: np.ndarray, inverse: np.ndarray) -> np.ndarray:
        """What each weight of fitted rows costs the power of the result where it goes too."""
        result = np.zeros_like(weight)
        result[:, kept] = weight[:, kept] ** 2 / (inverse if inverse.ndim == 1 else np.diag(inverse))
        return result

    def loss_of(
        self, weight: np.ndarray, kept: np.ndarray, inverse: np.ndarray, columns: np.ndarray
    ) -> float:
        """What some of the columns that stay cost the power of all results where they go too."""
        place = np.cumsum(kept)[columns] - 1
        lost = weight[:, columns]
        if inverse.ndim == 1:
            return float((lost**2 / inverse[place]).sum())
        return float((lost.T * np.linalg.solve(inverse[np.ix_(place, place)], lost.T)).sum())

    def power(self, weight: np.ndarray) -> float:
        """Variance of all results of rows, added up."""
        if self.covariance.ndim == 1:
            return float((weight**2 @ self.covariance).sum())
        return float(((weight @ self.covariance) * weight).sum())


def operands_of(moments: Moments) -> Sequence[Operand]:
    """Of each group of rows of a product."""
    return [Operand.of(moments, group) for group in range(len(moments.power))]
