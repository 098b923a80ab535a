from dataclasses import replace

import pytest
from networks import small_model

from ossicle.platforms.cluster.estimate import estimate
from ossicle.quantization import quantize
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes

GAP9 = load_target("gap9")
BENCH = load_target("cv32e40p-cluster")


@pytest.fixture(scope="module")
def graph():
    model = small_model("gru")
    return quantize(model.graph, "mixed", model.calibration)


def at(*hertz: float):
    first = GAP9.cluster.points[0]
    points = [replace(first, volts=0.5 + index / 10, hertz=f) for index, f in enumerate(hertz)]
    return replace(GAP9, cluster=replace(GAP9.cluster, points=tuple(reversed(points))))


def test_the_lowest_voltage_that_keeps_up_is_taken(graph):
    cycles = estimate(graph, GAP9).timeline.cycles
    just = cycles / 1e-3
    assert estimate(graph, at(just, 2 * just)).energy.point.volts == 0.5
    found = estimate(graph, at(0.99 * just, 2 * just))
    assert found.energy.point.volts == 0.6 and [energy.in_time for energy in found.energies] == [False, True]
    late = estimate(graph, at(0.5 * just, 0.99 * just)).energy
    assert late.point.volts == 0.6 and not late.in_time


def test_a_bench_has_cycles_and_no_power(graph):
    found = estimate(graph, BENCH)
    assert found.energy is None and not found.energies and found.as_dict()["volts"] is None
    assert found.timeline.cycles >= found.lower_bound.cycles > 0


def test_functions_add_up_to_the_steps_and_bytes_of_the_plan(graph):
    found = estimate(graph, with_cluster_sizes(GAP9, l1_bytes=9_000))
    phases, sizes, cycles = zip(*found.layers().values(), strict=True)
    assert sum(phases) == len(found.plan.phases) and sum(sizes) == found.timeline.bytes["l2"] > 0
    assert sum(cycles) <= found.timeline.cycles
    assert found.macs_per_cycle == graph.macs / found.timeline.cycles


def test_a_hop_is_one_millisecond_here(graph):
    assert estimate(graph, GAP9).frame_ms == 1.0
