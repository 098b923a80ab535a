"""Results that are clamped to other limits than a ReLU's: the running C against the simulation."""

from dataclasses import replace

import numpy as np
import pytest
from networks import magnitudes, noise, small_model, voice
from running import compare_nodes

from ossicle.audio.pcm import to_pcm16
from ossicle.platforms.cluster.execution import run_cluster
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.platform import emit
from ossicle.quantization import calibrate, quantize
from ossicle.schedule.plan_search import without_reuse
from ossicle.simulate import Simulator
from ossicle.targets import load_target
from ossicle.verify.node_check import verify
from ossicle.verify.tensor_trace import TracedStates

LIMITS = {"low": -0.25, "high": 0.5}
RELU6 = {"low": 0.0, "high": 0.5}


def clamped(kind, limits, names):
    """A small network, some of whose layers clamp their results."""
    graph = small_model(kind).graph
    nodes = [
        replace(node, attributes={**node.attributes, "activation": "none"} | limits)
        if node.name in names
        else node
        for node in graph.nodes
    ]
    return replace(graph, nodes=tuple(nodes))


@pytest.mark.parametrize(
    ("kind", "limits", "names", "scheme"),
    [
        *(("gru", LIMITS, ("fc_in", "fc_mid"), scheme) for scheme in ("fp16", "int8")),
        *(("conv", RELU6, ("rows", "local", "depth", "mix"), scheme) for scheme in ("fp32", "int8", "w8a16")),
    ],
)
def test_the_c_clamps_as_the_simulation_does(tmp_path, kind, limits, names, scheme):
    graph = clamped(kind, limits, names)
    quantized = quantize(graph, scheme, calibrate(graph, [magnitudes(graph, 100)]))
    compare_nodes(quantized, tmp_path / "c", noise(16 * 20))
    simulator = Simulator(quantized)
    for name in names:
        tensor = quantized.tensors[f"{name}_y"]
        frames = [simulator.trace(frame)[f"{name}_y"] for frame in 9 * magnitudes(graph, 20)]
        values = (np.stack(frames).astype(np.float64) - tensor.zero_point) * tensor.scale
        assert abs(values.max() - limits["high"]) <= tensor.scale / 2 * (tensor.dtype != "f32")
        assert values.min() >= limits["low"] - tensor.scale / 2


@pytest.mark.parametrize("scheme", ["mixed", "w8a16"])
def test_the_workers_of_a_cluster_clamp_too(tmp_path, scheme):
    graph = clamped("gru", LIMITS, ("fc_in", "fc_mid"))
    quantized, target = (
        quantize(graph, scheme, calibrate(graph, [magnitudes(graph, 100)])),
        load_target("gap9"),
    )
    chosen = without_reuse(quantized, target, best_plan(quantized, target).plan)
    summary = emit(quantized, chosen, target, tmp_path / "c", "threads")
    sound = to_pcm16(3 * voice(16 * 20, seed=4))
    states = run_cluster(tmp_path / "c", summary, target.cluster, "threads", sound, trace=True).states
    checked = verify(TracedStates(quantized, chosen.layout, states), sound)
    assert checked.differing_nodes == () and "osc_clamp_values" in (tmp_path / "c" / "tiny_gru.c").read_text()
