"""The shortest form of vectors that repeat themselves."""

import numpy as np
import pytest

from ossicle.importers.repetition import ANY, divisors, repetition


@pytest.mark.parametrize(
    ("inner", "entries", "times"), [(1, [3, 1, 2], 4), (5, [1, 2], 1), (2, [7], 3), (3, [1, 2, 1, 3], 2)]
)
def test_a_vector_is_said_in_its_shortest_form(inner, entries, times):
    values = np.tile(np.repeat(entries, inner), times)
    found, table = repetition(values)
    rebuilt = table[np.arange(values.size) // found % table.size]
    np.testing.assert_array_equal(rebuilt, values)
    assert table.size <= len(entries)
    assert found * table.size <= values.size


def test_what_may_be_anything_does_not_break_a_pattern():
    values = np.tile([4, 9, 6], 5)
    values[[0, 7, 14]] = ANY
    inner, entries = repetition(values)
    assert (inner, entries.tolist()) == (1, [4, 9, 6])


def test_a_vector_without_a_pattern_stays_as_it_is():
    values = np.array([1, 2, 3, 5, 8])
    inner, entries = repetition(values)
    assert inner == 1
    np.testing.assert_array_equal(entries, values)


def test_divisors_are_all_of_them_in_order():
    assert divisors(36) == [1, 2, 3, 4, 6, 9, 12, 18, 36]
