"""The kernels for Xpulp: bit for bit what the simulation gives, in each of their forms."""

import numpy as np
import pytest
from products import PRODUCTS, exact_sums, random_case, random_matrix, sanitized_sums

from ossicle.graph.types import PRECISIONS, DType

SHAPES = [*((r, c) for r in range(1, 10) for c in range(1, 21)), (6, 257), (11, 257), (4, 256)]


def extreme_cases(name):
    """The largest sums that accumulators hold, of either sign, in one row of each place in a group."""
    rng, precision = np.random.default_rng(1), PRECISIONS[name]
    low, largest = np.iinfo(precision.operand.numpy).min, precision.largest_weight
    columns = min(2**31 // (-low * largest), 3000) or 1
    for row in range(7):
        for sign in (1, -1):
            constants = random_matrix(rng, precision, 7, columns)
            constants["weight"][row] = sign * min(largest, 2**31 // (-low * columns) - 1)
            x = np.full(columns, low, precision.operand.numpy)
            assert abs(int(exact_sums(constants, x)[row])) > 2**29 or precision.operand == DType.S8
            yield constants, x


def cases_of(name):
    rng = np.random.default_rng(0)
    return [*(random_case(rng, PRECISIONS[name], *shape) for shape in SHAPES), *extreme_cases(name)]


@pytest.mark.parametrize("name", PRODUCTS)
def test_plain_c_gives_the_sums_and_touches_nothing_beyond(tmp_path, name):
    cases = cases_of(name)
    sums = sanitized_sums(
        tmp_path, "xpulp", name, "xpulp", cases, ["-Wall", "-Wextra", "-Werror", "-Wconversion"]
    )
    np.testing.assert_array_equal(sums, np.concatenate([exact_sums(*case) for case in cases]))
