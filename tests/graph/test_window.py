"""Windows over maps: which values they hold, and which sizes are refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossicle.errors import OssicleError
from ossicle.graph import Node
from ossicle.ops.geometry import Window

VALID = Window(7, 5, 3, 3, 3, 2, 1, 1, 1, 4, 5)


def of(window):
    return Window.of(Node("conv2d", "n", {"x": "x"}, {"y": "y"}, {}, window.attributes))


@st.composite
def windows(draw):
    def along():
        size, kernel, stride = (draw(st.integers(1, top)) for top in (8, 5, 3))
        pad = draw(st.integers(0, kernel - 1))
        return size, kernel, stride, pad, draw(st.integers(1, (size + pad - 1) // stride + 1))

    (height, kh, sh, top, oh), (width, kw, sw, left, ow) = along(), along()
    return Window(height, width, draw(st.integers(1, 3)), kh, kw, sh, sw, top, left, oh, ow)


@given(windows())
def test_a_window_holds_the_points_it_covers_and_zeros_outside(window):
    assert of(window) == window
    x = np.arange(1, window.size + 1)
    grid = x.reshape(window.height, window.width, window.channels)
    values = window.gather(x, -7).reshape(
        window.out_height, window.out_width, window.kernel_height, window.kernel_width, window.channels
    )
    edges = False
    for i, j, r, c in np.ndindex(values.shape[:4]):
        row = i * window.stride_height - window.pad_top + r
        column = j * window.stride_width - window.pad_left + c
        inside = 0 <= row < window.height and 0 <= column < window.width
        edges |= not inside
        assert (values[i, j, r, c] == (grid[row, column] if inside else -7)).all()
    assert window.padded == edges


@given(windows())
def test_contiguous_windows_lie_side_by_side_in_the_map(window):
    values = window.gather(np.arange(window.size), -7)
    assert not window.contiguous or (np.diff(values, axis=1) == 1).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"pad_top": -1},
        {"stride_width": 0},
        {"kernel_height": 0},
        {"channels": 0},
        {"out_height": 6},
        {"pad_left": 3},
        {"width": "5"},
        {"height": 7.0},
        {"height": None},
    ],
)
def test_windows_that_do_not_meet_the_map_are_refused(changes):
    with pytest.raises(OssicleError, match=r"graph: node 'n' \(conv2d\)"):
        of(replace(VALID, **changes))
