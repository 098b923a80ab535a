"""Convolutions over one row of a map: which windows are copied, and what comes of them."""

from dataclasses import replace

import numpy as np
import pytest
from foreign import graph_of, write_onnx
from onnx import helper
from running import compare_nodes

import ossicle
from ossicle.kernels import load_kernels
from ossicle.lowering import PORTABLE, lower
from ossicle.ops.conv2d.lower import Stretch, stretches
from ossicle.targets import load_target
from ossicle.tasks.frames.arrays import frame_type
from ossicle.tasks.frames.program import random_records

SHAPE = (1, 4, 45)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Filters of five points two apart, then of three that are neighbours; both reach over both ends."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Conv", ["x", "wide"], ["a"], pads=[2, 2], strides=[2]),
        helper.make_node("Conv", ["a", "narrow"], ["y"], pads=[1, 1]),
    ]
    shapes = {"wide": (18, 4, 5), "narrow": (7, 18, 3)}
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    path = write_onnx(
        tmp_path_factory.mktemp("rows") / "rows.onnx", graph_of(nodes, {"x": SHAPE}, ["y"], weights)
    )
    return ossicle.import_network(path, steps=0)


def frames(graph):
    summary = graph.task.record.summary(graph)
    return random_records(frame_type(summary["inputs"]), 6)


def test_only_windows_at_the_ends_are_copied(model):
    convolutions = [node for node in model.graph.nodes if node.op == "conv2d"]
    found = [stretches(node, lower(node, model.graph.tensors, PORTABLE).body) for node in convolutions]
    assert found == [
        (Stretch(0, 1, False, 20), Stretch(1, 22, True, 8), Stretch(22, 23, False, 20)),
        (Stretch(0, 1, False, 54), Stretch(1, 22, True, 18), Stretch(22, 23, False, 54)),
    ]


@pytest.mark.parametrize("sets", [("portable",), ("x86", "portable")])
@pytest.mark.parametrize("scheme", ["fp32", "w8a16"])
def test_each_node_of_the_c_is_its_simulation(model, tmp_path, scheme, sets):
    graph = model.graph
    if scheme != "fp32":
        clip = {"x": np.random.default_rng(1).standard_normal((6, *SHAPE)).astype(np.float32)}
        graph = ossicle.quantize(model, scheme, [clip]).graph
    host = replace(load_target("host"), kernels=load_kernels(sets))
    assert compare_nodes(graph, tmp_path / "c", frames(graph), host) > 0 or scheme == "fp32"
