"""Data movement: the index as blocks and lists, and the C that copies by them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from single import graph_of, run_both

from ossicle.errors import OssicleError
from ossicle.graph import Node, Tensor, check
from ossicle.numerics.formats import DType
from ossicle.ops.gather.blocks import blocks_of
from ossicle.ops.gather.lower import gather_tables

TYPES = {
    "f32": Tensor((1,)),
    "f16": Tensor((1,), DType.F16),
    "s8": Tensor((1,), DType.S8, 0.02, -7),
    "s16": Tensor((1,), DType.S16, 1e-3),
}


def gather(index, *sizes, name="move"):
    inputs = {f"x{i}": f"in{i}" for i in range(len(sizes))}
    constants = {"index": np.asarray(index, np.int32).reshape(-1)}
    return Node("gather", name, inputs, {"y": f"{name}_y"}, constants, {"sizes": sizes})


def places(blocks):
    """All copies of blocks, as (from, to)."""
    found = []
    for block in blocks:
        of = [np.arange(loop.count)[:, None] * (loop.from_step, loop.to_step) for loop in block.loops]
        grid = of[0][:, None, None] + of[1][None, :, None] + of[2][None, None]
        found += map(tuple, (np.array([block.start, block.to]) + grid).reshape(-1, 2).tolist())
    return found


def pair_lists():
    return st.dictionaries(st.integers(0, 60), st.integers(0, 40), min_size=1, max_size=60)


@given(pair_lists())
def test_blocks_copy_each_value_of_any_index_once(pairs):
    to = np.array(sorted(pairs))
    start = np.array([pairs[place] for place in to.tolist()])
    assert sorted(places(blocks_of(start, to))) == sorted(zip(start.tolist(), to.tolist(), strict=True))


SPACE = np.arange(4 * 5 * 6).reshape(4, 5, 6)
REGULAR = {
    "identity": (SPACE, 1),
    "transposed": (SPACE.transpose(2, 0, 1), 1),
    "middle axes exchanged": (SPACE.transpose(1, 0, 2), 1),
    "reversed": (SPACE[::-1, ::-1, ::-1], 1),
    "every other": (SPACE[:, ::2, 1:5], 1),
    "repeated": (np.broadcast_to(SPACE[0, 0, :, None], (6, 7)), 1),
    "swapped halves": (np.roll(SPACE, 3, axis=2), 2),
    "overlapping windows": (np.lib.stride_tricks.sliding_window_view(np.arange(20), 3), 1),
    "last axis in another order": (SPACE[..., [1, 0, 3, 2, 5, 4]], 1),
}


@pytest.mark.parametrize("name", REGULAR)
def test_a_regular_movement_is_a_block_or_two(name):
    index, most = REGULAR[name]
    index = index.reshape(-1)
    blocks = blocks_of(index, np.arange(index.size))
    assert len(blocks) <= most
    assert sorted(places(blocks)) == sorted(zip(index.tolist(), range(index.size), strict=True))


def test_the_longest_stretch_is_copied_innermost():
    (block,) = blocks_of(np.arange(99).reshape(33, 3).T.reshape(-1), np.arange(99))
    assert block.loops[-1].count == 33
    (block,) = blocks_of(SPACE[:, :3, :4].reshape(-1), np.arange(48))
    assert block.loops[-1] == type(block.loops[-1])(4, 1, 1)


def joined_rows():
    """Rows of six and of five values side by side, with a zero after each."""
    rows = np.concatenate([SPACE[:, 0], 120 + np.arange(20).reshape(4, 5), np.full((4, 1), -1)], axis=1)
    return gather(rows, 120, 20, name="rows")


def irregular():
    rng = np.random.default_rng(5)
    return gather(rng.permutation(140)[:100], 120, 20, name="chaos")


def test_an_irregular_index_is_a_list_and_a_regular_one_is_not():
    assert gather_tables(joined_rows()).keys() == {"blocks_x0", "blocks_x1", "blocks_zero"}
    assert {len(table) for table in gather_tables(joined_rows()).values()} == {1}
    tables = gather_tables(irregular())
    assert tables["list_x0"].dtype == np.uint16
    size = sum(table.nbytes for table in tables.values())
    assert size <= 4 * 100


@pytest.mark.parametrize("kind", TYPES)
def test_the_c_moves_what_the_simulation_moves(tmp_path, kind):
    tensor = TYPES[kind]
    moves = [gather(index, 120, 20, name=f"move{i}") for i, (index, _) in enumerate(REGULAR.values())]
    nodes = [*moves, joined_rows(), irregular()]
    tensors = {"in0": replace(tensor, shape=(120,)), "in1": replace(tensor, shape=(20,))}
    tensors |= {node.outputs["y"]: replace(tensor, shape=(node.constants["index"].size,)) for node in nodes}
    graph = graph_of(nodes, tensors, ("in0", "in1"))
    rng = np.random.default_rng(6)
    ((found, expected),) = run_both(graph, tmp_path / "c", [(rng.normal(size=120), rng.normal(size=20))])
    both = np.concatenate([found["in0"], found["in1"], [tensor.zero_point]])
    for node in nodes:
        y = node.outputs["y"]
        np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
        np.testing.assert_array_equal(found[y], both[node.constants["index"]])
    assert len(np.unique(found["chaos_y"])) > 50


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"constants": {}}, "unfit constants: index"),
        ({"constants": {"index": np.zeros(47, np.int32)}}, "its index has 47 entries and its output 48"),
        ({"constants": {"index": np.full(48, 140, np.int32)}}, "reaches outside of its inputs"),
        ({"constants": {"index": np.full(48, -2, np.int32)}}, "reaches outside of its inputs"),
        ({"constants": {"index": np.zeros(48, np.int64)}}, "unfit constants: index"),
        ({"attributes": {"sizes": (20, 120)}}, r"'sizes' is \(20, 120\) and its inputs have \(120, 20\)"),
        ({"inputs": {"x0": "in0", "x2": "in1"}}, r"it reads x\* and has x0, x2"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(change, message):
    node = joined_rows()
    tensors = {"in0": Tensor((120,)), "in1": Tensor((20,)), "rows_y": Tensor((48,))}
    graph = graph_of([node], tensors, ("in0", "in1"))
    with pytest.raises(OssicleError, match=message):
        check(replace(graph, nodes=(replace(node, **change),)))


def test_inputs_of_two_scales_are_refused():
    tensors = {name: Tensor((size,), DType.S16, 1e-3) for name, size in (("in0", 120), ("rows_y", 48))}
    with pytest.raises(OssicleError, match="differ in type or scale"):
        graph_of([joined_rows()], tensors | {"in1": Tensor((20,), DType.S16, 2e-3)}, ("in0", "in1"))
