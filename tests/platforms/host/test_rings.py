"""Windows of past rows that a gather moves by one row in every frame, in place where that can be."""

from dataclasses import replace

import numpy as np
import pytest
from single import graph_of
from tools import slow_but

from ossicle.graph import Node, State, Tensor
from ossicle.numerics.formats import DType
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.schedule import plan
from ossicle.simulate import Simulator
from ossicle.targets import load_target

TYPES = {
    "f32": Tensor((1,)),
    "s8": Tensor((1,), DType.S8, 0.02, -7),
    "s16": Tensor((1,), DType.S16, 1e-3),
}
OLD, NEW = np.arange(12), 12 + np.arange(4)
WINDOWS = {
    "the newest row last": (np.append(OLD[4:], NEW), True),
    "channel by channel": (np.column_stack([OLD.reshape(4, 3)[:, 1:], NEW]).reshape(-1), True),
    "a row of zeros in between": (np.concatenate([OLD[4:8], np.full(4, -1), NEW]), True),
    "a row left out": (np.concatenate([OLD[8:], OLD[8:], NEW]), True),
    "the newest row first": (np.append(NEW, OLD[:8]), False),
    "back to front": (np.append(OLD[4:][::-1], NEW), False),
}


def ring(index, tensor):
    """A network that gives the window of its last rows."""
    inputs, index = {"x0": "window", "x1": "row"}, index.astype(np.int32)
    shift = Node("gather", "shift", inputs, {"y": "window_next"}, {"index": index}, {"sizes": (12, 4)})
    copy = {"index": np.arange(12, dtype=np.int32)}
    same = Node("gather", "same", {"x0": "window_next"}, {"y": "seen"}, copy, {"sizes": (12,)})
    sizes = {"row": 4, "window": 12, "window_next": 12, "seen": 12}
    tensors = {name: replace(tensor, shape=(size,)) for name, size in sizes.items()}
    return graph_of([shift, same], tensors, ("row",), [State("window", "window_next")])


FAST = {*((window, "s16") for window in list(WINDOWS)[:3]), ("the newest row first", "s8")}


@pytest.mark.parametrize(
    ("window", "kind"), slow_but(FAST, [(window, kind) for window in WINDOWS for kind in TYPES])
)
def test_a_window_moves_as_in_the_simulation(tmp_path, window, kind):
    index, in_place = WINDOWS[window]
    graph = ring(index, TYPES[kind])
    assert (plan(graph).copied_states == ()) == in_place
    simulator, streams = Simulator(graph), []
    for reuse in (True, False):
        emit(graph, plan(graph, reuse), load_target("host"), tmp_path / str(reuse))
        streams.append(build(tmp_path / str(reuse)).open())
    for frame in np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32):
        (expected,) = simulator.step(frame)
        for stream in streams:
            (found,) = stream.step(frame)
            np.testing.assert_array_equal(found.reshape(-1), expected)
