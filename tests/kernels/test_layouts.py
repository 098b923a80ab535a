"""Tables of weights: hand-made words, and that no weight is lost whatever the shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossicle.kernels.layouts import COLUMNS, GROUPS, QUADS, ROWS, SMLAD, SMLAD_CHANNELS, XPULP, row_groups
from ossicle.numerics.formats import PRECISIONS

INTEGERS = [name for name, precision in PRECISIONS.items() if precision.weight_bits]


def codes(rows, columns, name, seed=0):
    precision = PRECISIONS[name]
    if not precision.weight_bits:
        return np.random.default_rng(seed).normal(size=(rows, columns)).astype(precision.operand.numpy)
    largest = precision.largest_weight
    weight = np.random.default_rng(seed).integers(-largest, largest, (rows, columns), endpoint=True)
    return weight.astype(precision.weight_type)


def test_rows_of_four_bits_are_pairs_with_the_first_one_lower():
    weight = np.array([[1, -2, 7], [-7, 0, 3]], np.int8)
    table = ROWS.pack(weight, PRECISIONS["w4a16"])
    np.testing.assert_array_equal(table, [[0xE1, 0x07], [0x09, 0x03]])
    assert ROWS.pack(weight, PRECISIONS["w8a8"]) is weight


def test_words_of_two_rows_hold_256_a_plus_b():
    weight = np.arange(-6, 9).reshape(5, 3).astype(np.int8)
    table = SMLAD.pack(weight, PRECISIONS["w8a16"])
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
    table = SMLAD.pack(weight, PRECISIONS["w8a8"])
    assert table.tobytes() == bytes([1, 3, 2, 4, 5, 6, 0, 0])


def test_a_halfword_of_four_bits_holds_a_column_of_four_rows():
    weight = np.array([[-7], [0], [7], [-7], [1]], np.int8)
    table = SMLAD.pack(weight, PRECISIONS["w4a16"])
    first, second = 4096 * -7 + 256 * 15 + 16 * 8 + 1, 256 * 8 + 16 * 8 + 9
    np.testing.assert_array_equal(table.view(np.int16), [first, 0x888, second, 0x888])


def test_groups_of_rows_are_as_even_as_can_be():
    assert [row_groups(rows) for rows in (1, 2, 4, 5, 6)] == [[1], [2], [4], [3, 2], [3, 3]]
    for rows in range(1, 200):
        groups = row_groups(rows)
        assert sum(groups) == rows and len(groups) == -(-rows // 4)
        assert groups == sorted(groups, reverse=True) and groups[0] - groups[-1] <= 1


def test_words_of_a_group_of_rows_stand_column_by_column():
    weight = np.array([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [-1, -2, -3, -4, -5]], np.int8)
    bytes_of = [1, 2, 3, 4, 6, 7, 8, 9, 255, 254, 253, 252, 5, 0, 0, 0, 10, 0, 0, 0, 251, 0, 0, 0]
    for name in ("w8a8", "w8a16"):
        assert XPULP.pack(weight, PRECISIONS[name]).tobytes() == bytes(bytes_of)
    halves = [1, 2, 6, 7, -1, -2, 3, 4, 8, 9, -3, -4, 5, 0, 10, 0, -5, 0]
    table = XPULP.pack(weight.astype(np.int16), PRECISIONS["w16a16"])
    np.testing.assert_array_equal(table.view(np.int16), halves)


def test_a_byte_of_four_bits_holds_columns_that_lie_four_apart():
    weight = np.array([[1, 2, 3, 4, 5, 6, 7, -7, -1], [-2, 0, 0, 0, 0, 0, 0, 0, 0]], np.int8)
    table = XPULP.pack(weight, PRECISIONS["w4a16"])
    assert table.tobytes() == bytes([0x51, 0x62, 0x73, 0x94, 14, 0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0])


def test_quads_have_four_columns_of_all_rows_of_a_block_in_turn_and_then_their_sums():
    weight = np.arange(65 * 5).reshape(65, 5).astype(np.int8)
    table, wide = QUADS.pack(weight, PRECISIONS["w8a8"]), np.zeros((65, 8), np.int8)
    wide[:, :5] = weight
    blocks = [wide[:64, :4], wide[:64, 4:], wide[64:, :4], wide[64:, 4:]]
    np.testing.assert_array_equal(table[: wide.size], np.concatenate([block.ravel() for block in blocks]))
    np.testing.assert_array_equal(table[wide.size :].view("<i4"), 128 * weight.sum(axis=1, dtype=np.int32))


def test_groups_of_four_rows_have_sixteen_columns_of_each_in_turn_and_then_their_sums():
    weight = np.arange(5 * 17).reshape(5, 17).astype(np.int8)
    table, first = GROUPS.pack(weight, PRECISIONS["w8a8"]), np.zeros((8, 32), np.int8)
    first[:5, :17] = weight
    expected = [first[group : group + 4, c : c + 16].ravel() for group in (0, 4) for c in (0, 16)]
    np.testing.assert_array_equal(table, np.concatenate(expected))
    longer = GROUPS.pack(weight, PRECISIONS["w8a16"])
    np.testing.assert_array_equal(longer[: table.size], table)
    sums = 128 * first.sum(axis=1, dtype=np.int32)
    np.testing.assert_array_equal(longer[table.size :].view("<i4"), sums)


def test_taps_are_rows_of_channels():
    for name in PRECISIONS:
        weight = codes(6, 9, name)
        np.testing.assert_array_equal(
            COLUMNS.pack(weight, PRECISIONS[name]),
            ROWS.pack(np.ascontiguousarray(weight.T), PRECISIONS[name]),
        )


CASES = [
    *((layout, name) for layout in (ROWS, COLUMNS) for name in PRECISIONS),
    *((layout, name) for layout in (SMLAD, XPULP) for name in INTEGERS),
    *((GROUPS, name) for name in ("w8a8", "w8a16")),
    *((SMLAD_CHANNELS, name) for name in INTEGERS if name != "w4a16"),
]
"""Layouts, and the precisions of the weights that they hold."""


@pytest.mark.parametrize(("layout", "name"), CASES)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12))
def test_a_table_takes_the_bytes_that_its_layout_states(layout, name, rows, columns):
    weight, precision = codes(rows, columns, name), PRECISIONS[name]
    assert layout.pack(weight, precision).nbytes == layout.bytes(weight, precision)


@pytest.mark.parametrize(("layout", "name"), CASES)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12))
def test_padding_is_what_is_stated(layout, name, rows, columns):
    bits = PRECISIONS[name].stored_bits
    size = layout.bytes(codes(rows, columns, name), PRECISIONS[name])
    if layout == SMLAD and bits == 4:
        assert size == -(-rows // 4) * 4 * -(-columns // 2)
    elif layout == XPULP:
        assert size == rows * -(-columns * bits // 32) * 4
    elif layout == GROUPS:
        assert size == -(-rows // 4) * 4 * (-(-columns // 16) * 16 + (4 if name == "w8a16" else 0))
    elif layout == SMLAD_CHANNELS:
        assert 0 <= size - 2 * rows * columns <= 3
    elif layout == COLUMNS:
        assert size == columns * -(-rows * bits // 8)
    else:
        assert 0 <= size - rows * -(-columns * bits // 8) <= (3 if layout == SMLAD else 0)


@pytest.mark.parametrize(("layout", "name"), CASES)
def test_tables_differ_wherever_weights_do(layout, name):
    weight = codes(7, 9, name)
    table = layout.pack(weight, PRECISIONS[name]).tobytes()
    for index in np.ndindex(weight.shape):
        changed = weight.copy()
        changed[index] = -changed[index] if changed[index] else 1
        assert layout.pack(changed, PRECISIONS[name]).tobytes() != table
