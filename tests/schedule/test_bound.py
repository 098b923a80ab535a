"""What no plan can beat."""

import math
from dataclasses import replace

import pytest
from clusterplans import cluster, handmade
from networks import small_graph, small_model

from ossicle.audio.stft import StftConfig
from ossicle.cost.discrete_event_model import simulated_timeline
from ossicle.errors import OssicleError
from ossicle.graph.operator import OPS
from ossicle.quantize import quantize
from ossicle.schedule.bound import bound
from ossicle.targets import load_target

GAP9 = load_target("gap9").cluster


def small(scheme, cell="gru"):
    model = small_model(cell)
    return quantize(model.graph, scheme, model.calibration)


def room(bytes_, l2=10**6):
    """GAP9 with so little memory that a small network does not fit."""
    return replace(GAP9, l1=replace(GAP9.l1, bytes=bytes_), l2=replace(GAP9.l2, bytes=l2))


def test_products_of_each_precision_at_the_rate_of_all_workers():
    """33 inputs, 20 units of a GRU: 660 + 2 x 2400 + 660 + 1089 products."""
    graph = small("mixed")
    recurrent, dense = 2 * 2 * 3 * 20 * 20, 20 * 33 + 33 * 20 + 33 * 33
    assert graph.macs == recurrent + dense
    found = bound(graph, GAP9)
    # Four units for eight workers: 4 x 2 halves a cycle, 4 x 0.5 floats.
    assert found.compute == math.ceil(recurrent / 32 + dense / 8)
    assert (found.dma, found.far, found.limit, found.cycles) == (0, 0, "compute", found.compute)
    assert bound(small("int8"), GAP9).compute == -(-(recurrent + dense) // 32)
    assert bound(small_graph(), GAP9).compute == -(-(recurrent + dense) // 2)
    few = replace(GAP9, workers=2)
    assert bound(small_graph(), few).compute == recurrent + dense


def test_products_of_a_node_may_differ():
    model = small_model("gru")
    precisions = dict.fromkeys(["fc_in", "rnn0", "rnn1", "fc_mid", "fc_out"], "w8a16")
    plain = bound(quantize(model.graph, precisions, model.calibration), room(0))
    half = precisions | {"rnn0": "w8a8+w8a16", "rnn1": "w8a16+w4a16"}
    mixed = bound(quantize(model.graph, half, model.calibration), room(0))
    assert plain.compute - mixed.compute == pytest.approx(1200 * (1 / 2 - 1 / 4) / 8, abs=1)
    assert plain.dma - mixed.dma == pytest.approx(600 / GAP9.dma.rate, abs=1)


@pytest.mark.parametrize(
    ("scheme", "bits"), [("fp32", 32), ("fp16", 16), ("int8", 8), ("w8a16", 8), ("w16a16", 16)]
)
def test_weights_that_do_not_stay_in_l1_come_over_the_engine(scheme, bits):
    graph = small(scheme)
    weights = graph.macs * bits // 8
    assert bound(graph, room(1000)).dma == math.ceil((weights - 1000) / GAP9.dma.rate)
    assert bound(graph, room(0)).limit == "dma"


def test_weights_that_do_not_stay_in_l2_come_at_the_pace_of_the_memory_behind():
    graph, low = small("int8"), GAP9.points[-1]
    left = graph.macs - 3000
    mram, external = GAP9.far
    found = bound(graph, room(1000, 2000), low, mram)
    assert found.far == pytest.approx(left, abs=1) and found.limit == "far"
    assert bound(graph, room(1000, 2000), low) == bound(graph, room(1000, 2000), low, external)
    with pytest.raises(OssicleError, match="tiny_gru has 7,209 bytes of weights"):
        bound(graph, room(1000, 2000))


@pytest.mark.parametrize("scheme", ["fp32", "mixed", "int8", "w4a16"])
@pytest.mark.parametrize("l1_bytes", [0, 2000, 10**6])
def test_the_bound_is_never_above_the_model(scheme, l1_bytes):
    """Workers at their best rate, and in each hop as many bytes as L1 cannot keep."""
    graph = small(scheme, "lstm")
    chip = replace(cluster(), l1=replace(GAP9.l1, bytes=l1_bytes))
    nodes = [node for node in graph.nodes if OPS[node.op].matrices]
    left, sizes = l1_bytes, []
    for node in nodes:
        bytes_ = sum(array.nbytes for array in node.constants.values())
        sizes.append(max(bytes_ - left, 0))
        left = max(left - bytes_, 0)
    last = len(nodes) - 1
    words = " ".join(f"wait:{n} fork:{n} start:{n - 1 if n else last}" for n in range(len(nodes)))
    preload = " ".join(f"start:{n}" for n in range(last))
    plan = handmade([(node.name, n) for n, node in enumerate(nodes)], sizes, words, preload)

    def work(step):
        alone = replace(graph, nodes=(nodes[step.tile],))
        return [bound(alone, chip).compute] * chip.workers

    assert bound(graph, chip).cycles <= simulated_timeline(plan, chip, work).cycles


def test_the_published_network_is_bound_by_the_memory_behind_l2_and_else_by_the_engine():
    """LSTM of 256 units in the mixed scheme, whose 1.44 MB of weights do not fit L1, nor 1.0 MB of L2."""
    products, dense = 2 * 2 * 4 * 256 * 256, 256 * 257 * 2 + 257 * 257
    stft = StftConfig(sample_rate=16000, window=400, hop=100, n_fft=512)
    model = small_model("lstm", hidden=256, stft=stft)
    graph, low = quantize(model.graph, "mixed", model.calibration), GAP9.points[-1]
    found = bound(graph, GAP9, low, GAP9.far[0])
    assert found.limit == "far" and found.far == products + 2 * dense - 110_592 - 1_000_000
    assert bound(graph, replace(GAP9, l2=replace(GAP9.l2, bytes=1_500_000))).limit == "dma"
    assert found.dma == math.ceil((products + 2 * dense - 110_592) / GAP9.dma.rate)
    assert found.compute == math.ceil(products / 32 + dense / 8)
