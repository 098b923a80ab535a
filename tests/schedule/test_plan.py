from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from networks import small_model

from ossicle.graph import Node, Tensor
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.quantization import SCHEMES, quantize
from ossicle.schedule import plan


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("cell", ["gru", "lstm", "conv"])
def test_buffers_in_use_together_never_overlap(cell, scheme):
    model = small_model(cell)
    layout = plan(quantize(model.graph, scheme, model.calibration))
    for a, b in combinations(layout.scratch, 2):
        if a.first <= b.last and b.first <= a.last:
            assert a.offset + a.bytes <= b.offset or b.offset + b.bytes <= a.offset, (a, b)
    for buffer in layout.scratch:
        assert buffer.offset % 4 == 0
        assert buffer.offset + buffer.bytes <= layout.scratch_bytes
    for a, b in combinations(layout.fields, 2):
        assert a.offset + a.bytes <= b.offset or b.offset + b.bytes <= a.offset


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("cell", ["gru", "conv"])
def test_scratch_is_the_largest_sum_in_use_at_once_or_close_to_it(cell, scheme):
    model = small_model(cell)
    layout = plan(quantize(model.graph, scheme, model.calibration))
    times = range(max(b.last for b in layout.scratch) + 1)
    busiest = max(sum(b.bytes for b in layout.scratch if b.first <= time <= b.last) for time in times)
    assert busiest <= layout.scratch_bytes <= busiest * 1.1


def test_a_chain_of_maps_of_one_size_takes_two_of_them():
    graph = small_model("conv").graph
    geometry = ConvolutionGeometry(11, 3, 1, 3, 3, 1, 1, 1, 1, 11, 3)
    constants = {"weight": np.ones((1, 9), np.float32), "bias": np.zeros(1, np.float32)}
    attributes = {"activation": "none"} | geometry.attributes
    names = ["magnitude", "one", "two", "mask"]
    nodes = [
        Node("depthwise_conv2d", f"to_{y}", {"x": x}, {"y": y}, constants, attributes)
        for x, y in pairwise(names)
    ]
    chain = replace(graph, tensors={name: Tensor((33,)) for name in names}, nodes=tuple(nodes))
    assert plan(chain).scratch_bytes == 4 * (2 * chain.task.stft.bins + 2 * 33)


def test_depthwise_windows_are_not_gathered():
    model = small_model("conv")
    layout = plan(quantize(model.graph, "w8a16", model.calibration))
    assert {b.name: b.bytes for b in layout.scratch}["depth_scratch"] == 4 * 8
    assert "depth_scratch" not in {b.name for b in plan(model.graph).scratch}


def test_without_reuse_all_buffers_are_apart():
    model = small_model("gru")
    graph = quantize(model.graph, "mixed", model.calibration)
    layout = plan(graph, reuse=False)
    for a, b in combinations(layout.scratch, 2):
        assert a.offset + a.bytes <= b.offset or b.offset + b.bytes <= a.offset
    assert layout.scratch_bytes > plan(graph).scratch_bytes
