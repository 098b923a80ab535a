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
        pad = draw(st.integers(0, kernel - 1))
        return size, kernel, stride, pad, draw(st.integers(1, (size + pad - 1) // stride + 1))

    (height, kh, sh, top, oh), (width, kw, sw, left, ow) = along(), along()
    return ConvolutionGeometry(height, width, draw(st.integers(1, 3)), kh, kw, sh, sw, top, left, oh, ow)


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
        row = i * geometry.stride_height - geometry.pad_top + r
        column = j * geometry.stride_width - geometry.pad_left + c
        inside = 0 <= row < geometry.height and 0 <= column < geometry.width
        edges |= not inside
        assert (values[i, j, r, c] == (grid[row, column] if inside else -7)).all()
    assert geometry.padded == edges


@given(geometries())
def test_contiguous_values_lie_side_by_side_in_the_map(geometry):
    values = geometry.im2col(np.arange(geometry.size), -7)
    assert not geometry.contiguous or (np.diff(values, axis=1) == 1).all()


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
