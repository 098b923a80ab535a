"""States that a kernel cannot replace in place: the running C against the simulation."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from networks import magnitudes, noise, small_model
from running import compare_masks, compare_nodes
from tools import slow_but

from ossicle.errors import OssicleError
from ossicle.graph import State, Tensor
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.quantization import calibrate, quantize
from ossicle.schedule import plan
from ossicle.schedule.plan_search import candidates
from ossicle.targets import load_target

LATE = {"fp32": {"rnn0_h"}, "mixed": {"rnn0_h"}, "w8a16": {"rnn0_h"}, "int8": set()}
DELAYED = {scheme: {"older", "oldest"} | copied for scheme, copied in LATE.items()}


def reading(graph, node, name):
    """The graph with a node that reads another tensor."""
    nodes = [replace(of, inputs={"x": name}) if of.name == node else of for of in graph.nodes]
    return replace(graph, nodes=tuple(nodes))


def late():
    """The last dense layers read the first layer's old state, when the new one is written."""
    return reading(small_model("gru").graph, "fc_mid", "rnn0_h")


def delayed():
    """They read it two frames later, from a state that takes another state's old value."""
    graph = small_model("gru").graph
    tensors = {**graph.tensors, "older": Tensor((20,)), "oldest": Tensor((20,))}
    states = (State("oldest", "older"), *graph.states, State("older", "rnn0_h"))
    return reading(replace(graph, states=states, tensors=tensors), "fc_mid", "oldest")


@pytest.mark.parametrize(
    ("network", "scheme"),
    slow_but(
        {(late, "mixed"), (late, "w8a16"), (delayed, "int8"), (delayed, "fp32")},
        product((late, delayed), ("fp32", "mixed", "int8", "w8a16")),
    ),
)
def test_an_old_value_outlives_the_new_one_where_it_is_read(tmp_path, network, scheme):
    graph = network()
    quantized = quantize(graph, scheme, calibrate(graph, [magnitudes(graph, 100)]))
    copied = {state.input for state in plan(quantized).copied_states}
    # In int8 what is read late is the copy that the first layer's product reads.
    assert copied == (LATE[scheme] if network is late else DELAYED[scheme])
    compare_nodes(quantized, tmp_path / "nodes", noise(16 * 40))
    outputs = []
    for reuse in (True, False):
        folder = tmp_path / f"reuse_{reuse}"
        emit(quantized, plan(quantized, reuse), load_target("host"), folder)
        outputs.append(build(folder).denoise(noise(16 * 40)))
    np.testing.assert_array_equal(*outputs)
    if scheme in ("int8", "w8a16"):
        compare_masks(quantized, tmp_path / "masks", noise(16 * 40))


def test_a_cluster_refuses_what_it_cannot_keep():
    graph = late()
    quantized = quantize(graph, "w8a16", calibrate(graph, [magnitudes(graph, 100)]))
    with pytest.raises(OssicleError, match="'rnn0_h' of tiny_gru is read after its new value is written"):
        next(candidates(quantized, load_target("gap9")))


def test_states_that_exchange_their_values_are_refused():
    graph = small_model("gru").graph
    tensors = {**graph.tensors, "a": Tensor((20,)), "b": Tensor((20,))}
    swapped = replace(graph, tensors=tensors, states=(*graph.states, State("a", "b"), State("b", "a")))
    with pytest.raises(OssicleError, match="states a, b exchange their values; put a copy between them"):
        plan(swapped)
