"""The least squares behind the criterion ``obs``."""

import numpy as np
import pytest

from ossicle.graph.calibration import SHRINKAGE, Moments
from ossicle.pruning.operand import DAMPING, Operand, operands_of

COLUMNS = 12


def values(seed=0, offset=0.0):
    """Operands that move together."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(0, 1, (5, COLUMNS))
    return offset + rng.normal(0, 1, (4000, 5)) @ mixing + rng.normal(0, 0.3, (4000, COLUMNS))


@pytest.mark.parametrize("offset", [0.0, 10.0])
def test_covariances_are_those_of_the_values_whatever_their_mean(offset):
    x = values(offset=offset).astype(np.float32)
    (operand,) = operands_of(Moments.of(x[None], x[None]))
    exact = np.cov(x.T.astype(np.float64), bias=True)
    damping = DAMPING * np.diag(exact).mean() * np.eye(COLUMNS)
    # Correlations of the whole power, to which a mean belongs, are drawn to zero.
    tolerance = 1.2 * SHRINKAGE * np.square(x).mean(axis=0).max()
    np.testing.assert_allclose(operand.covariance, exact + damping, atol=tolerance)
    assert np.linalg.eigvalsh(operand.covariance).min() > 0


def test_fitted_rows_are_those_of_least_squares_and_their_losses_are_real():
    x, rng = values(), np.random.default_rng(1)
    x -= x.mean(axis=0)
    operand, weight = Operand(x.mean(axis=0), x.T @ x / len(x)), rng.normal(0, 1, (3, COLUMNS))
    kept = rng.random(COLUMNS) < 0.6
    inverse = operand.inverse(kept)
    fitted = operand.fitted(weight, kept, inverse)
    exact = np.linalg.lstsq(x[:, kept], x @ weight.T, rcond=None)[0].T
    np.testing.assert_allclose(fitted[:, kept], exact, atol=1e-9)
    assert not fitted[:, ~kept].any()

    def error(left):
        return np.square(x @ (weight - operand.fitted(weight, left, operand.inverse(left))).T).sum(
            axis=0
        ) / len(x)

    losses = operand.losses(fitted, kept, inverse)
    for column in np.flatnonzero(kept):
        fewer = kept & (np.arange(COLUMNS) != column)
        np.testing.assert_allclose(losses[:, column], error(fewer) - error(kept), rtol=1e-6)
    pair = np.flatnonzero(kept)[:2]
    fewer = kept & ~np.isin(np.arange(COLUMNS), pair)
    lost = operand.loss_of(fitted, kept, inverse, pair)
    assert lost == pytest.approx((error(fewer) - error(kept)).sum())
    assert operand.power(weight) == pytest.approx(np.square(x @ weight.T).mean(axis=0).sum())


def test_variances_alone_lose_what_independent_columns_lose():
    rng, variances = np.random.default_rng(2), np.arange(1.0, COLUMNS + 1)
    weight, kept = rng.normal(0, 1, (3, COLUMNS)), np.arange(COLUMNS) % 3 > 0
    sparse, full = Operand(np.zeros(COLUMNS), variances), Operand(np.zeros(COLUMNS), np.diag(variances))
    found = [
        (
            of.fitted(weight, kept, of.inverse(kept)),
            of.losses(weight, kept, of.inverse(kept)),
            of.loss_of(weight, kept, of.inverse(kept), np.array([1, 4])),
            of.power(weight),
        )
        for of in (sparse, full)
    ]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other)
