from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossicle.schedule.scratch import Buffer, _Area, aligned, apart, busiest, height, place


def buffers_of(*rows):
    return [Buffer(f"b{i}", "int8_t", size, first, last) for i, (size, first, last) in enumerate(rows)]


def random_buffers(seed, count=7):
    rng = np.random.default_rng(seed)
    firsts = rng.integers(0, 6, count)
    sizes, lasts = rng.integers(1, 60, count), firsts + rng.integers(0, 4, count)
    return buffers_of(*zip(sizes, firsts, lasts, strict=True))


def least(buffers):
    """Of all orders: one of them is that of the best offsets, in which each buffer lies as low as it can."""
    area = _Area.of(buffers)
    return min(area.height(area.offsets(order)) for order in permutations(range(len(buffers))))


def rows():
    row = st.tuples(st.integers(1, 99), st.integers(0, 9), st.integers(0, 9))
    return st.lists(row.map(lambda of: (of[0], of[1], of[1] + of[2])), max_size=12)


@given(rows())
def test_buffers_that_meet_lie_apart(found):
    placed = place(buffers_of(*found))
    assert busiest(placed)[1] <= height(placed)
    for a, b in combinations(placed, 2):
        if a.meets(b):
            assert a.offset + a.bytes <= b.offset or b.offset + b.bytes <= a.offset
    assert all(buffer.offset % 4 == 0 for buffer in placed)


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_takes_at_most_a_tenth_more_than_the_best_of_all_orders(seed):
    buffers = random_buffers(seed)
    assert height(place(buffers)) <= 1.1 * least(buffers)


def test_a_long_live_range_does_not_lie_above_a_large_buffer_of_a_moment():
    """A decoder reads, one after the other, what the layers of an encoder wrote long before."""
    skips = [(16, 2 + i, 12 - i) for i in range(4)]
    joined = [(32, 12 - i, 13 - i) for i in range(4)]
    layers = [(16, 12 - i, 12 - i) for i in range(4)]
    buffers = buffers_of(*skips, *joined, *layers)
    assert height(place(buffers)) == busiest(buffers)[1]


def test_a_plan_is_always_the_same():
    buffers = random_buffers(5, 30)
    assert place(buffers) == place(buffers)


def test_buffers_apart_keep_all_values():
    placed = apart(random_buffers(1))
    assert height(placed) == sum(aligned(buffer.bytes) for buffer in placed)
    assert height([]) == height(place([])) == 0
