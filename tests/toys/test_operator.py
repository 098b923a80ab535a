"""A toy operator goes through every stage; nothing in the package knows of it."""

from dataclasses import replace

import numpy as np
import pytest
from networks import magnitudes, noise, small_model, voice
from running import compare_masks, compare_nodes
from tools import need, slow_but

from ossicle.audio.pcm import to_pcm16
from ossicle.errors import OssicleError
from ossicle.graph import Node, State, Tensor, check
from ossicle.graph.file import load_model, save_model
from ossicle.graph.model import Model
from ossicle.graph.operator import OPS
from ossicle.numerics.formats import DType
from ossicle.platforms.cluster.execution import run_cluster
from ossicle.platforms.cortexm.run import emulate
from ossicle.platforms.platform import emit
from ossicle.quantization import SCHEMES, calibrate, quantize
from ossicle.schedule.plan_search import candidates, without_reuse
from ossicle.targets import load_target
from ossicle.verify.node_check import verify
from ossicle.verify.tensor_trace import TracedStates
from toys.mixture import KERNELS, MIXTURE


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The operator is known in these tests, and in no others."""
    monkeypatch.setitem(OPS, "mixture", MIXTURE)


@pytest.fixture(scope="module")
def model():
    """The small network with the toy between its recurrent layers and its last dense ones."""
    plain = small_model("gru").graph
    gain = np.linspace(-1, 0.9, 20, dtype=np.float32)
    toy = Node(
        "mixture",
        "toy",
        {"x": "rnn1_h_next", "z": "rnn0_h_next", "peak": "toy_peak"},
        {"y": "toy_y", "peak_next": "toy_peak_next"},
        {"gain": gain},
    )
    nodes = list(plain.nodes)
    place = next(index for index, node in enumerate(nodes) if node.name == "fc_mid")
    nodes[place] = replace(nodes[place], inputs={"x": "toy_y"})
    nodes.insert(place, toy)
    tensors = {**plain.tensors, **{name: Tensor((20,)) for name in ("toy_y", "toy_peak", "toy_peak_next")}}
    states = (*plain.states, State("toy_peak", "toy_peak_next"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(OPS, "mixture", MIXTURE)
        graph = replace(plain, nodes=tuple(nodes), tensors=tensors, states=states)
        check(graph)
        return Model(graph, calibrate(graph, [magnitudes(graph, 200)]))


def with_toys(name):
    """A target that has the toy's kernels too."""
    target = load_target(name)
    return replace(target, kernels=replace(target.kernels, sets=(*target.kernels.sets, KERNELS)))


@pytest.mark.parametrize("scheme", slow_but(("fp32", "mixed", "int8", "w4a16"), SCHEMES))
def test_it_is_quantized_and_its_c_is_the_simulation(tmp_path, model, scheme):
    graph = quantize(model.graph, scheme, model.calibration)
    toy = next(node for node in graph.nodes if node.op == "mixture")
    integer = scheme in ("int8", "w8a16", "w4a16", "w16a16")
    assert {graph.tensors[name].dtype for name in toy.outputs.values()} == {
        DType.S16 if integer else DType.F32
    }
    assert len(toy.inputs) == 3 and len({graph.tensors[name] for name in toy.inputs.values()}) == 1 + integer
    host = with_toys("host")
    compare_nodes(graph, tmp_path / "nodes", noise(16 * 30), host)
    if integer:
        compare_masks(graph, tmp_path / "masks", noise(16 * 30), host)


def test_it_is_kept_in_a_model_file(tmp_path, model):
    for scheme in ("fp32", "int8"):
        graph = quantize(model.graph, scheme, model.calibration)
        save_model(replace(model, graph=graph), tmp_path / "toy.ossicle")
        loaded = load_model(tmp_path / "toy.ossicle").graph
        gains = [next(n for n in of.nodes if n.op == "mixture").constants["gain"] for of in (graph, loaded)]
        np.testing.assert_array_equal(*gains)


@pytest.mark.parametrize("scheme", slow_but(("w8a16",), ("w8a16", "mixed")))
def test_it_runs_on_an_emulated_chip(model, scheme):
    need("emulator")
    graph = quantize(model.graph, scheme, model.calibration)
    found = emulate(graph, with_toys("stm32f767"), to_pcm16(noise(16 * 8)))
    assert found.largest_difference == 0 and found.verification.passed
    assert next(layer.instructions for layer in found.layers if layer.layer == "toy") > 20


@pytest.mark.parametrize("scheme", ["w8a16", "mixed"])
def test_the_workers_of_a_cluster_share_it(tmp_path, model, scheme):
    graph, target = quantize(model.graph, scheme, model.calibration), with_toys("gap9")
    sound = to_pcm16(3 * voice(16 * 20, seed=4))
    watched = without_reuse(graph, target, next(candidates(graph, target)))
    summary = emit(graph, watched, target, tmp_path / "c", "threads")
    states = run_cluster(tmp_path / "c", summary, target.cluster, "threads", sound, trace=True).states
    checked = verify(TracedStates(graph, watched.layout, states), sound)
    assert checked.differing_nodes == () and "toy" in {of.node for of in checked.checks}


def test_a_target_without_its_kernels_says_so(tmp_path, model):
    graph = quantize(model.graph, "w8a16", model.calibration)
    with pytest.raises(OssicleError, match=r"no kernel of .*portable computes mixture s16"):
        compare_nodes(graph, tmp_path / "c", noise(64))


def test_without_gru_the_others_work(tmp_path, monkeypatch, model):
    monkeypatch.delitem(OPS, "gru")
    for cell in ("lstm", "conv"):
        other = small_model(cell)
        graph = quantize(other.graph, "mixed", other.calibration)
        compare_nodes(graph, tmp_path / cell, noise(16 * 10))
    with pytest.raises(OssicleError, match="unknown operator 'gru'; this version knows"):
        check(model.graph)
