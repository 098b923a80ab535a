"""The roofline lower bound."""

import math
from dataclasses import replace

import pytest
from clusterplans import cluster, handmade
from networks import small_graph, small_model

from ossicle.audio.stft import StftConfig
from ossicle.cost.discrete_event_model import simulated_timeline
from ossicle.errors import OssicleError
from ossicle.graph.operator import OPS
from ossicle.quantization import quantize
from ossicle.schedule.roofline import lower_bound
from ossicle.targets import load_target

GAP9 = load_target("gap9").cluster


def small(scheme, cell="gru"):
    model = small_model(cell)
    return quantize(model.graph, scheme, model.calibration)


def with_memories(bytes_, l2=10**6):
    """GAP9 with so little memory that a small network does not fit."""
    return replace(GAP9, l1=replace(GAP9.l1, bytes=bytes_), l2=replace(GAP9.l2, bytes=l2))


def test_products_of_each_precision_at_the_rate_of_all_workers():
    """33 inputs, 20 units of a GRU: 660 + 2 x 2400 + 660 + 1089 products."""
    graph = small("mixed")
    recurrent, dense = 2 * 2 * 3 * 20 * 20, 20 * 33 + 33 * 20 + 33 * 33
    assert graph.macs == recurrent + dense
    found = lower_bound(graph, GAP9)
    # Four units for eight workers: 4 x 2 halves a cycle, 4 x 0.5 floats.
    assert found.cores == math.ceil(recurrent / 32 + dense / 8)
    assert (found.dma, found.l3, found.bottleneck, found.cycles) == (0, 0, "cores", found.cores)
    assert lower_bound(small("int8"), GAP9).cores == -(-(recurrent + dense) // 32)
    assert lower_bound(small_graph(), GAP9).cores == -(-(recurrent + dense) // 2)
    few = replace(GAP9, workers=2)
    assert lower_bound(small_graph(), few).cores == recurrent + dense


def test_products_of_a_node_may_differ():
    model = small_model("gru")
    precisions = dict.fromkeys(["fc_in", "rnn0", "rnn1", "fc_mid", "fc_out"], "w8a16")
    plain = lower_bound(quantize(model.graph, precisions, model.calibration), with_memories(0))
    half = precisions | {"rnn0": "w8a8+w8a16", "rnn1": "w8a16+w4a16"}
    mixed = lower_bound(quantize(model.graph, half, model.calibration), with_memories(0))
    assert plain.cores - mixed.cores == pytest.approx(1200 * (1 / 2 - 1 / 4) / 8, abs=1)
    assert plain.dma - mixed.dma == pytest.approx(600 / GAP9.dma.rate, abs=1)


@pytest.mark.parametrize(
    ("scheme", "bits"), [("fp32", 32), ("fp16", 16), ("int8", 8), ("w8a16", 8), ("w16a16", 16)]
)
def test_weights_that_l1_cannot_hold_come_over_the_engine(scheme, bits):
    graph = small(scheme)
    weights = graph.macs * bits // 8
    assert lower_bound(graph, with_memories(1000)).dma == math.ceil((weights - 1000) / GAP9.dma.rate)
    assert lower_bound(graph, with_memories(0)).bottleneck == "dma"


def test_weights_that_l2_cannot_hold_come_at_the_pace_of_l3():
    graph, low = small("int8"), GAP9.points[-1]
    left = graph.macs - 3000
    mram, external = GAP9.l3
    found = lower_bound(graph, with_memories(1000, 2000), low, mram)
    assert found.l3 == pytest.approx(left, abs=1) and found.bottleneck == "l3"
    assert lower_bound(graph, with_memories(1000, 2000), low) == lower_bound(
        graph, with_memories(1000, 2000), low, external
    )
    with pytest.raises(OssicleError, match="tiny_gru has 7,209 bytes of weights"):
        lower_bound(graph, with_memories(1000, 2000))


@pytest.mark.parametrize("scheme", ["fp32", "mixed", "int8", "w4a16"])
@pytest.mark.parametrize("l1_bytes", [0, 2000, 10**6])
def test_the_bound_is_never_above_the_model(scheme, l1_bytes):
    """Workers at their best rate, and in each frame as many bytes as L1 cannot keep."""
    graph = small(scheme, "lstm")
    chip = replace(cluster(), l1=replace(GAP9.l1, bytes=l1_bytes))
    nodes = [node for node in graph.nodes if OPS[node.op].matrices]
    left, sizes = l1_bytes, []
    for node in nodes:
        bytes_ = sum(array.nbytes for array in node.constants.values())
        sizes.append(max(bytes_ - left, 0))
        left = max(left - bytes_, 0)
    last = len(nodes) - 1
    words = " ".join(
        f"dma_wait:{n} phase_begin:{n} dma_issue:{n - 1 if n else last}" for n in range(len(nodes))
    )
    prologue = " ".join(f"dma_issue:{n}" for n in range(last))
    plan = handmade([(node.name, n) for n, node in enumerate(nodes)], sizes, words, prologue)

    def cycles(phase):
        alone = replace(graph, nodes=(nodes[phase.tile],))
        return [lower_bound(alone, chip).cores] * chip.workers

    assert lower_bound(graph, chip).cycles <= simulated_timeline(plan, chip, cycles).cycles


def test_the_published_network_has_l3_as_its_bottleneck_and_else_the_engine():
    """LSTM of 256 units in the mixed scheme, whose 1.44 MB of weights do not fit L1, nor 1.0 MB of L2."""
    products, dense = 2 * 2 * 4 * 256 * 256, 256 * 257 * 2 + 257 * 257
    stft = StftConfig(sample_rate=16000, window=400, hop=100, n_fft=512)
    model = small_model("lstm", hidden=256, stft=stft)
    graph, low = quantize(model.graph, "mixed", model.calibration), GAP9.points[-1]
    found = lower_bound(graph, GAP9, low, GAP9.l3[0])
    assert found.bottleneck == "l3" and found.l3 == products + 2 * dense - 110_592 - 1_000_000
    assert lower_bound(graph, replace(GAP9, l2=replace(GAP9.l2, bytes=1_500_000))).bottleneck == "dma"
    assert found.dma == math.ceil((products + 2 * dense - 110_592) / GAP9.dma.rate)
    assert found.cores == math.ceil(products / 32 + dense / 8)
