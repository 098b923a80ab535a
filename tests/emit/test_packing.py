"""Tables of weights: hand-made words, and that no weight is lost whatever the shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossicle.emit.packing import PACKINGS, pack
from ossicle.graph.types import PRECISIONS

INTEGERS = [name for name, precision in PRECISIONS.items() if precision.weight_bits]


def codes(rows, columns, name, seed=0):
    precision = PRECISIONS[name]
    largest = precision.largest_weight
    weight = np.random.default_rng(seed).integers(-largest, largest, (rows, columns), endpoint=True)
    return weight.astype(precision.weight_type)


def test_rows_of_four_bits_are_pairs_with_the_first_one_lower():
    weight = np.array([[1, -2, 7], [-7, 0, 3]], np.int8)
    table = pack(weight, PRECISIONS["w4a16"], "rows")
    np.testing.assert_array_equal(table, [[0xE1, 0x07], [0x09, 0x03]])
    assert pack(weight, PRECISIONS["w8a8"], "rows") is weight


def test_words_of_two_rows_hold_256_a_plus_b():
    weight = np.arange(-6, 9).reshape(5, 3).astype(np.int8)
    table = pack(weight, PRECISIONS["w8a16"], "smlad")
    halves = np.concatenate(
        [
            256 * -6 + np.array([-3]), 256 * -5 + np.array([-2]),  # rows 0 and 1, columns 0 and 1
            256 * 0 + np.array([3]), 256 * 1 + np.array([4]),  # rows 2 and 3
            256 * -4 + np.array([-1]), 256 * 2 + np.array([5]),  # column 2 of both
        ]
    ).astype("<i2")  # fmt: skip
    expected = halves.tobytes() + bytes([6, 7, 8, 0])  # row 4, and a byte of padding
    assert table.dtype == np.uint32 and table.tobytes() == expected


def test_operands_of_8_bits_have_their_columns_in_the_order_that_sxtb16_gives():
    weight = np.array([[1, 2, 3, 4, 5, 6]], np.int8)
    table = pack(weight, PRECISIONS["w8a8"], "smlad")
    assert table.tobytes() == bytes([1, 3, 2, 4, 5, 6, 0, 0])


def test_a_halfword_of_four_bits_holds_a_column_of_four_rows():
    weight = np.array([[-7], [0], [7], [-7], [1]], np.int8)
    table = pack(weight, PRECISIONS["w4a16"], "smlad")
    first, second = 4096 * -7 + 256 * 15 + 16 * 8 + 1, 256 * 8 + 16 * 8 + 9
    np.testing.assert_array_equal(table.view(np.int16), [first, 0x888, second, 0x888])


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("name", INTEGERS)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12))
def test_a_table_takes_no_more_bytes_than_the_weights_and_the_stated_padding(packing, name, rows, columns):
    bits = PRECISIONS[name].weight_bits
    table = pack(codes(rows, columns, name), PRECISIONS[name], packing)
    if packing == "smlad" and bits == 4:
        assert table.nbytes == -(-rows // 4) * 4 * -(-columns // 2)
    else:
        assert 0 <= table.nbytes - rows * -(-columns * bits // 8) <= (3 if packing == "smlad" else 0)


@pytest.mark.parametrize("name", INTEGERS)
def test_tables_differ_wherever_weights_do(name):
    weight = codes(7, 9, name)
    table = pack(weight, PRECISIONS[name], "smlad").tobytes()
    for index in np.ndindex(weight.shape):
        changed = weight.copy()
        changed[index] = -changed[index] if changed[index] else 1
        assert pack(changed, PRECISIONS[name], "smlad").tobytes() != table
