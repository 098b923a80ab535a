"""Windows over maps: which values they hold, and which sizes are refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossicle.errors import OssicleError
from ossicle.graph import Node
from ossicle.ops.geometry import ConvolutionGeometry

VALID = ConvolutionGeometry(7, 5, 3, 3, 3, 2, 1, 1, 1, 4, 5)


def of(geometry):
    return ConvolutionGeometry.of(Node("conv2d", "n", {"x": "x"}, {"y": "y"}, {}, geometry.attributes))


@st.composite
def geometries(draw):
    def along():
        size, kernel, stride = (draw(st.integers(1, top)) for top in (8, 5, 3))
        dilation = draw(st.integers(1, size))
        pad = draw(st.integers(0, (kernel - 1) * dilation))
        return size, kernel, stride, pad, draw(st.integers(1, (size + pad - 1) // stride + 1)), dilation

    (height, kh, sh, top, oh, dh), (width, kw, sw, left, ow, dw) = along(), along()
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 3))
    return ConvolutionGeometry(height, width, channels, kh, kw, sh, sw, top, left, oh, ow, dh, dw, groups)


@given(geometries())
def test_an_output_position_has_the_points_under_it_and_zeros_outside(geometry):
    assert of(geometry) == geometry
    x = np.arange(1, geometry.size + 1)
    grid = x.reshape(geometry.height, geometry.width, geometry.channels)
    values = geometry.im2col(x, -7).reshape(
        geometry.out_height,
        geometry.out_width,
        geometry.kernel_height,
        geometry.kernel_width,
        geometry.channels,
    )
    edges = False
    for i, j, r, c in np.ndindex(values.shape[:4]):
        row = i * geometry.stride_height - geometry.pad_top + r * geometry.dilation_height
        column = j * geometry.stride_width - geometry.pad_left + c * geometry.dilation_width
        inside = 0 <= row < geometry.height and 0 <= column < geometry.width
        edges |= not inside
        assert (values[i, j, r, c] == (grid[row, column] if inside else -7)).all()
    assert geometry.padded == edges


@given(geometries())
def test_contiguous_values_lie_side_by_side_in_the_map(geometry):
    values = geometry.im2col_groups(np.arange(geometry.size), -7)
    assert not geometry.contiguous or (np.diff(values, axis=-1) == 1).all()
    assert not geometry.step or (geometry.contiguous and (np.diff(values, axis=0) == geometry.step).all())


@given(geometries())
def test_each_group_has_the_values_of_its_own_channels(geometry):
    x = np.arange(geometry.size)
    groups = geometry.im2col_groups(x, -7)
    points = x.reshape(-1, geometry.groups, geometry.group_channels)
    for group in range(geometry.groups):
        alone = replace(geometry, channels=geometry.group_channels, groups=1)
        np.testing.assert_array_equal(groups[:, group], alone.im2col(points[:, group].ravel(), -7))


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
    geometry = ConvolutionGeometry(size, 1, 1, kernel, 1, 1, 1, pad, 0, out, 1, dilation)
    if meets:
        assert of(geometry) == geometry
    else:
        with pytest.raises(OssicleError, match="one of its output positions lies outside of the map"):
            of(geometry)


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
