"""Cycles on the RTL bench and by the model, and what both may not exceed."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from clusters import needs_rtl

from ossicle import api
from ossicle.emit import emit
from ossicle.graph import Graph
from ossicle.measure.cluster import best_plan, need_cluster
from ossicle.measure.emulated import synthetic_voice
from ossicle.measure.events import timeline
from ossicle.measure.forecast import forecast
from ossicle.measure.steps import step_cycles
from ossicle.run.cluster import run_cluster
from ossicle.run.rtl import RtlRun
from ossicle.targets import load_target

BENCH = load_target("cv32e40p-cluster")
GAP9 = load_target("gap9").cluster
RECURRENT = ("gru", "lstm")
HOPS = 2


@dataclass(frozen=True)
class Hop:
    """The last of some hops on the bench, with the cycles of each function, and the model's cycles of one."""

    rtl: RtlRun
    layers: dict[str, int]
    modelled: int

    @property
    def cycles(self) -> int:
        """On the bench."""
        return self.rtl.hop_cycles[-1]


def quantized(name: str, scheme: str) -> Graph:
    """In ``"int8+w8a16"`` recurrent layers are int8, and the others w8a16: the published mix without fp16."""
    model = api.load(name)
    if scheme == "int8+w8a16":
        nodes = model.graph.nodes
        return api.quantize(model, {n.name: "w8a8" if n.op in RECURRENT else "w8a16" for n in nodes}).graph
    return api.quantize(model, scheme).graph


def measure(graph: Graph, folder: Path, workers: int = 8) -> Hop:
    target = need_cluster(BENCH, workers)
    plan, cluster = best_plan(graph, target.cluster), target.cluster
    summary = emit(graph, plan, target, folder / str(workers))
    samples = synthetic_voice(16000, HOPS * graph.task.hop / 16000)
    run = run_cluster(folder / str(workers), summary, cluster, "rtl", samples)
    meetings = [event.cycle for event in run.rtl.hops[-1] if event.kind == "fork"][1:]
    layers: dict[str, int] = {}
    for step, begin, end in zip(plan.steps, meetings, meetings[1:], strict=False):
        layers[step.layer] = layers.get(step.layer, 0) + end - begin
    return Hop(run.rtl, layers, timeline(plan, cluster, step_cycles(graph, cluster, plan)).cycles)


@needs_rtl
@pytest.mark.parametrize(
    ("name", "scheme", "most_cycles"),
    [
        ("gru128", "int8", 59_000),
        ("gru128", "w8a16", 71_700),
        ("gru128", "w4a16", 72_500),
        ("gru128", "w16a16", 100_000),
        pytest.param("lstm128", "int8+w8a16", 73_000, marks=pytest.mark.slow),
        pytest.param("gru256", "w4a16", 171_500, marks=pytest.mark.slow),
        pytest.param("lstm256", "int8", 173_800, marks=pytest.mark.slow),
        pytest.param("lstm256", "w8a16", 207_600, marks=pytest.mark.slow),
    ],
)
def test_the_model_is_within_a_tenth_of_the_rtl(tmp_path, name, scheme, most_cycles):
    hop = measure(quantized(name, scheme), tmp_path)
    assert hop.cycles <= most_cycles
    assert hop.modelled == pytest.approx(hop.cycles, rel=0.1)


@needs_rtl
@pytest.mark.slow
def test_int8_layers_are_near_the_bound_of_memory_and_transfers_hide(tmp_path):
    graph = quantized("lstm256", "int8+w8a16")
    eight, one = measure(graph, tmp_path), measure(graph, tmp_path, workers=1)
    products = 2 * 2 * 4 * 256 * 256
    recurrent = eight.layers["layer_rnn0"] + eight.layers["layer_rnn1"]
    assert products / recurrent >= 0.75 * BENCH.cluster.dma.bytes_per_cycle
    assert eight.rtl.exposed_cycles[-1] <= 0.1 * eight.cycles
    # No plan takes less than the weights that L1 cannot hold take on their way: 6.5 is out of reach here.
    assert one.cycles / eight.cycles >= 5.9


def test_lstm256_is_in_time_at_the_lowest_voltage_from_memory_on_the_chip():
    found = forecast(quantized("lstm256", "mixed"), GAP9)
    assert found.hop.cycles <= 250_000 and not found.plan.fetches and found.plan.far_store == "mram"
    assert found.energy.point.volts == 0.65 and found.energy.in_time
    assert found.bound.cycles <= found.hop.cycles
