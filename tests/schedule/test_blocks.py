"""Blocks of filters that a data cache holds: how many, and that they compute the same."""

from dataclasses import replace

import numpy as np
import pytest
from emulator import load_target
from hypothesis import given
from hypothesis import strategies as st
from networks import small_spotter, voice
from tools import slow_but

from ossicle.audio.pcm import to_pcm16
from ossicle.graph import Node
from ossicle.lowering import node_bytes
from ossicle.numerics.formats import PRECISIONS
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.platforms.cortexm.run import emulate
from ossicle.quantization import quantize
from ossicle.schedule.blocks import filters_at_a_time

CONTIGUOUS = ConvolutionGeometry(9, 7, 1, 3, 7, 2, 1, 0, 0, 4, 1)
GATHERED = ConvolutionGeometry(9, 7, 1, 3, 3, 2, 2, 1, 1, 5, 4)
ONE = ConvolutionGeometry(3, 7, 1, 3, 7, 1, 1, 0, 0, 1, 1)


def convolution(geometry, filters, op="conv2d"):
    return Node(
        op, "n", {"x": "x"}, {"y": "y"}, {"weight": np.zeros((filters, 21), np.int8)}, geometry.attributes
    )


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 20_000))
def test_a_block_fits_into_half_of_the_cache(filters, bytes_of_filter, cache):
    count = filters_at_a_time(convolution(CONTIGUOUS, filters), filters * bytes_of_filter, cache)
    assert count % 4 == 0 and count * bytes_of_filter <= cache / 2 and count < filters
    assert count > 0 or filters * bytes_of_filter <= cache or 4 * bytes_of_filter > cache // 2


@pytest.mark.parametrize(
    ("node", "weight_bytes"),
    [
        (convolution(CONTIGUOUS, 60), 1000),
        (convolution(GATHERED, 60), 5000),
        (convolution(ONE, 60), 5000),
        (convolution(CONTIGUOUS, 60, "depthwise_conv2d"), 5000),
    ],
)
def test_blocks_are_for_many_windows_that_lie_in_the_map_and_weights_beyond_the_cache(node, weight_bytes):
    assert filters_at_a_time(convolution(CONTIGUOUS, 60), 5000, 1000) == 4
    assert filters_at_a_time(node, weight_bytes, 1000) == 0


@pytest.mark.parametrize("precision", slow_but(("w4a16",), PRECISIONS))
def test_blocks_give_what_the_host_has_without_them(precision):
    model, target = small_spotter(filters=14, pad=0), load_target("stm32f767")
    graph = quantize(model.graph, {"conv": precision, "score": "w8a16"}, model.calibration)
    sound = to_pcm16(3 * voice(32 * 40, seed=4))
    conv = next(node for node in graph.nodes if node.name == "conv")
    size = node_bytes(conv, target.kernels)
    small_cache = replace(target.chip.weights, cache_bytes=size - 1)
    blocked = replace(target, chip=replace(target.chip, weights=small_cache))
    assert filters_at_a_time(conv, size, size - 1) == 4
    found = emulate(graph, blocked, sound)
    assert found.largest_difference == 0 and found.differing_nodes == ()
    plain = next(c for c in emulate(graph, target, sound).layers if c.layer == "conv").instructions
    assert next(c for c in found.layers if c.layer == "conv").instructions > plain
