import math
from dataclasses import replace

import numpy as np
import pytest
from networks import ACTIVATIONS, small_graph, small_model

from ossicle.errors import OssicleError
from ossicle.graph import State, Tensor, check
from ossicle.numerics.formats import FP16, PRECISIONS
from ossicle.quantization import quantize

RELU, SIGMOID = ACTIVATIONS["relu"], ACTIVATIONS["sigmoid"]


def changed_node(graph, index, **changes):
    nodes = list(graph.nodes)
    nodes[index] = replace(nodes[index], **changes)
    return replace(graph, nodes=tuple(nodes))


def with_constant(graph, index, name, array):
    constants = {**graph.nodes[index].constants, name: array}
    return changed_node(graph, index, constants=constants)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_sound_graph_passes(cell):
    check(small_graph(cell))


def test_counts_parameters_and_macs_of_the_matrices():
    graph = small_graph("gru", hidden=20)
    bins = graph.task.stft.bins
    recurrent = 2 * (3 * 20) * (20 + 20)
    dense = 20 * bins + bins * 20 + bins * bins
    biases = 20 + 2 * 2 * 60 + 2 * bins
    assert graph.macs == recurrent + dense
    assert graph.parameters == recurrent + dense + biases


@pytest.mark.parametrize(
    ("breakage", "message"),
    [
        (lambda g: replace(g, name="x; system()"), "not a name"),
        (lambda g: replace(g, tensors={**g.tensors, "Bad-name": Tensor((3,))}), "not a name"),
        (lambda g: changed_node(g, 0, op="conv9"), "unknown operator 'conv9'"),
        (lambda g: changed_node(g, 0, inputs={"x": "nowhere"}), "'nowhere' is used and not declared"),
        (lambda g: changed_node(g, 0, inputs={"x": "mask"}), "before it is written"),
        (lambda g: changed_node(g, 3, outputs={"y": "fc_in_y"}), "written twice"),
        (lambda g: changed_node(g, 1, name="fc_in"), "share a name"),
        (lambda g: changed_node(g, 0, attributes={"activation": "gelu"}), "unknown activation 'gelu'"),
        (lambda g: changed_node(g, 0, attributes=RELU | {"high": -1.0}), "cannot clamp to 0.0 to -1.0"),
        (lambda g: changed_node(g, 4, attributes=SIGMOID | {"high": 1.0}), "both sigmoid and a clamp"),
        (lambda g: changed_node(g, 0, attributes=RELU | {"more": math.nan}), "attribute 'more'"),
        (lambda g: changed_node(g, 0, inputs={"in": "magnitude"}), "it reads x and has in"),
        (lambda g: changed_node(g, 0, outputs={}), "it writes y and has "),
        (lambda g: changed_node(g, 0, precisions=(FP16, FP16)), "needs 1 precisions, not 2"),
        (lambda g: changed_node(g, 1, precisions=(FP16, PRECISIONS["w8a8"])), "cannot mix"),
        (lambda g: changed_node(g, 0, precisions=(FP16,)), "unfit constants"),
        (lambda g: replace(g, inputs=("magnitude", "magnitude")), "are one tensor"),
        (lambda g: replace(g, outputs=()), "its task needs one output, and it has 0"),
        (lambda g: replace(g, nodes=g.nodes[:-1]), "nothing writes 'mask'"),
        (lambda g: replace(g, states=(State("mask", "rnn0_h_next"), *g.states[1:])), "changes its type"),
        (lambda g: replace(g, tensors={**g.tensors, "mask": Tensor((5,))}), "must be f32"),
        (lambda g: replace(g, tensors={**g.tensors, "fc_in_y": Tensor((20,), scale=0.0)}), "impossible"),
        (lambda g: with_constant(g, 1, "weight_hh", np.zeros((60, 19), np.float32)), "do not fit"),
        (lambda g: with_constant(g, 0, "bias", np.full(20, np.nan, np.float32)), "NaN"),
        (lambda g: with_constant(g, 0, "weight", np.zeros((0, 0), np.float32)), "lacks the matrix"),
        (lambda g: with_constant(g, 0, "extra", np.zeros(1, np.float32)), "extra"),
    ],
)
def test_an_unsound_graph_is_refused_by_name(breakage, message):
    with pytest.raises(OssicleError, match=message):
        check(breakage(small_graph("gru")))


def test_fixed_point_factors_out_of_range_are_refused():
    model = small_model("gru")
    graph = quantize(model.graph, "int8", model.calibration)
    index = next(i for i, node in enumerate(graph.nodes) if node.op == "gru")
    for name, value in (("shift_ih", 0), ("shift_ih", 63), ("multiplier_hh", -5)):
        array = graph.nodes[index].constants[name].copy()
        array[3] = value
        with pytest.raises(OssicleError, match="fixed-point factor"):
            check(with_constant(graph, index, name, array))
