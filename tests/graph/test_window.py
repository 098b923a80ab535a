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
        dilation = draw(st.integers(1, size))
        pad = draw(st.integers(0, (kernel - 1) * dilation))
        return size, kernel, stride, pad, draw(st.integers(1, (size + pad - 1) // stride + 1)), dilation

    (height, kh, sh, top, oh, dh), (width, kw, sw, left, ow, dw) = along(), along()
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 3))
    return Window(height, width, channels, kh, kw, sh, sw, top, left, oh, ow, dh, dw, groups)


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
        row = i * window.stride_height - window.pad_top + r * window.dilation_height
        column = j * window.stride_width - window.pad_left + c * window.dilation_width
        inside = 0 <= row < window.height and 0 <= column < window.width
        edges |= not inside
        assert (values[i, j, r, c] == (grid[row, column] if inside else -7)).all()
    assert window.padded == edges


@given(windows())
def test_contiguous_windows_lie_side_by_side_in_the_map(window):
    values = window.gather_groups(np.arange(window.size), -7)
    assert not window.contiguous or (np.diff(values, axis=-1) == 1).all()
    assert not window.step or (window.contiguous and (np.diff(values, axis=0) == window.step).all())


@given(windows())
def test_each_group_has_the_windows_of_its_own_channels(window):
    x = np.arange(window.size)
    groups = window.gather_groups(x, -7)
    points = x.reshape(-1, window.groups, window.group_channels)
    for group in range(window.groups):
        alone = replace(window, channels=window.group_channels, groups=1)
        np.testing.assert_array_equal(groups[:, group], alone.gather(points[:, group].ravel(), -7))


@pytest.mark.parametrize(
    ("size", "kernel", "pad", "out", "dilation", "meets"),
    [
        (11, 3, 0, 1, 5, True),
        (2, 3, 2, 1, 5, False),
        (1, 3, 2, 1, 2, True),
        (1, 3, 3, 1, 2, False),
        (2, 3, 3, 2, 3, False),
    ],
)
def test_taps_may_lie_further_apart_than_the_map_is_long(size, kernel, pad, out, dilation, meets):
    window = Window(size, 1, 1, kernel, 1, 1, 1, pad, 0, out, 1, dilation)
    if meets:
        assert of(window) == window
    else:
        with pytest.raises(OssicleError, match="one of its windows lies outside of the map"):
            of(window)


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
        {"dilation_height": 0},
        {"dilation_width": -1},
        {"groups": 0},
        {"groups": 2},
    ],
)
def test_windows_that_do_not_meet_the_map_are_refused(changes):
    with pytest.raises(OssicleError, match=r"graph: node 'n' \(conv2d\)"):
        of(replace(VALID, **changes))
