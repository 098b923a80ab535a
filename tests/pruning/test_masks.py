"""Weights that become zero in groups."""

import numpy as np
import pytest

from ossicle.pruning.masks import largest_kept, least_loss
from ossicle.pruning.operand import Operand


@pytest.mark.parametrize("shape", [(8, 8), (9, 7), (1, 3), (5, 1)])
@pytest.mark.parametrize("group", [(1, 1), (1, 4), (4, 2)])
def test_the_largest_groups_are_kept_as_a_whole(shape, group):
    rating = np.random.default_rng(0).random(shape)
    kept = largest_kept(rating, group, 0.5)
    means = {}
    for row in range(0, shape[0], group[0]):
        for column in range(0, shape[1], group[1]):
            place = np.s_[row : row + group[0], column : column + group[1]]
            assert kept[place].all() or not kept[place].any()
            means.setdefault(bool(kept[place].any()), []).append(rating[place].mean())
    count = sum(map(len, means.values()))
    assert len(means.get(False, [])) == round(0.5 * count)
    if len(means) == 2:
        assert max(means[False]) < min(means[True])


@pytest.mark.parametrize("group", [(1, 1), (4, 2)])
def test_weights_that_stay_make_up_for_those_that_go(group):
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (3000, 6)) @ rng.normal(0, 1, (6, 24)) + rng.normal(0, 0.2, (3000, 24))
    operand, weight = Operand(np.zeros(24), x.T @ x / len(x)), rng.normal(0, 1, (16, 24))
    pruned = least_loss(weight, [operand], group, 0.5)
    assert np.count_nonzero(pruned) == weight.size // 2
    by_size = weight * largest_kept(weight**2, group, 0.5)
    losses = [np.square(x @ (weight - of).T).sum() for of in (pruned, by_size)]
    assert losses[0] < 0.1 * losses[1]


def test_groups_of_rows_have_operands_of_their_own():
    rng = np.random.default_rng(1)
    loud = Operand(np.zeros(8), np.full(8, 100.0))
    soft = Operand(np.zeros(8), np.full(8, 1.0))
    pruned = least_loss(rng.normal(0, 1, (8, 8)), [loud, soft], (1, 1), 0.5)
    kept = np.count_nonzero(pruned, axis=1)
    assert kept[:4].sum() > 24 and kept[4:].sum() < 8
