"""The harness of the cluster's figures, on networks of a few units."""

import json
from dataclasses import replace

import cluster_rtl
import emulator  # noqa: F401  (skips where the emulator is missing)
import numpy as np
import pytest
import tables.cluster
import tables.cluster_rtl
from clusters import needs_rtl
from networks import small_model

from ossicle.errors import OssicleError
from ossicle.platforms.cluster.execution import ClusterOutput
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.cluster.rtl import Event, RtlRun
from ossicle.quantization import quantize
from ossicle.schedule import plan
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes

BENCH = with_cluster_sizes(load_target("cv32e40p-cluster"), 2)


def small(scheme: str):
    model = small_model("gru")
    return quantize(model.graph, scheme, model.calibration)


@pytest.fixture(scope="module")
def found(cluster_benchmark):
    """Results of a small network, and their settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster_benchmark, "_quantized", lambda model, scheme: small(scheme))
        patch.setattr(cluster_benchmark, "MODELS", ("gru128",))
        patch.setattr(cluster_benchmark, "SINGLE_CORE", (("gru128", "w8a16", "stm32f767"),))
        result = cluster_benchmark.claims(0.01, 1)
    return json.loads(json.dumps(result.results)), result.settings


def test_claims_are_ratios_of_the_plans(found):
    results, settings = found
    claims, plans, by_l2, power, cores = tables.cluster.tables(*found)
    assert list(claims.columns) == ["", "published", "gru128"]
    halves, mixed = (results["plans"][f"gru128 {scheme}"] for scheme in ("fp16", "mixed"))
    ours = [[float(end) for end in row[2].split(" to ")] for row in claims.rows]
    assert ours[0][0] == pytest.approx(halves["cycles"] / mixed["cycles"], abs=0.005)
    # So small a network lies on the chip in halves too.
    assert ours[1] == ours[0] and 1 < ours[2][0] < 2
    low, high = mixed["energies"]
    assert low["point"]["volts"] < high["point"]["volts"] and 1 < ours[3][0] < ours[4][0] <= ours[4][1] < 2.5
    core, (least, most) = results["single_core"]["gru128"], low["microjoules"]
    measured = core["measured_microjoules"]
    assert least < most and core["microjoules"] > measured[1] > measured[0]
    assert ours[6] == [round(measured[0] / most), round(measured[1] / least)]
    assert ours[7] == [round(core["microjoules"] / most), round(core["microjoules"] / least)]
    assert cores.rows[0][-2:] == [claims.rows[7][2], claims.rows[6][2]]
    assert [len(row) for row in by_l2.rows] == [4, 4, 4] and by_l2.rows[0][0] == "gru128 int8"
    assert [row[0] for row in plans.rows] == [row[0] for row in power.rows] == settings["cases"]
    assert all(row[-1].endswith(" mram") for row in plans.rows)
    for table in (claims, plans, by_l2, power, cores):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_single_core_takes_its_power_for_the_estimated_time(found):
    core = found[0]["single_core"]["gru128"]
    assert core["ms"] > 0 and core["watts"] == load_target("stm32f767").chip.watts > 0
    assert core["microjoules"] == pytest.approx(1000 * core["ms"] * core["watts"])


def test_the_bound_of_a_loop_is_what_the_kernels_are_documented_with():
    found = {name: round(cluster_rtl.loop_rate(name), 2) for name in ("w8a8", "w8a16", "w4a16", "w16a16")}
    assert found == {"w8a8": 1.78, "w8a16": 1.14, "w4a16": 1.00, "w16a16": 0.89}


def row(**values):
    made = cluster_rtl.Row("gru128", "int8", 8, 1000, 1050, 100, 500, 3500, "w8a8")
    return replace(made, **values)


def test_a_row_is_held_against_its_bounds():
    assert row().error == pytest.approx(0.05) and row().rate == 7
    assert row().dma_bound == pytest.approx(7.53, abs=0.005)
    assert row().loop_bound == pytest.approx(14.2, abs=0.05)
    assert row(precision="w4a16").dma_bound == pytest.approx(15.06, abs=0.005)
    results = {"rows": [made.as_dict() for made in (row(), row(workers=1, cycles=6000))]}
    [table] = tables.cluster_rtl.tables(results, {})
    assert len(table.rows) == 1 and len(table.rows[0]) == len(table.columns)
    [without] = tables.cluster_rtl.tables({"rows": [row().as_dict()]}, {})
    assert without.rows[0][-1] == "" and not tables.cluster_rtl.speed_ups({"rows": [row().as_dict()]})
    assert table.rows[0][-1] == "6.00" and "+5.0 %" in table.rows[0] and "10.0 %" in table.rows[0]


def outputs(samples, state):
    """Of a host and of a testbench that have the same layout, two frames each."""
    graph = small("int8")
    layout = plan(graph)
    size, buffer = layout.state_bytes, layout.buffer(graph.states[0].input)
    made = bytearray(b"\x01" * size)
    made[buffer.offset] = state
    return layout, ClusterOutput(np.array(samples, np.int16), (b"\x01" * size, bytes(made)))


@pytest.mark.parametrize(
    ("samples", "state", "message"),
    [
        ([5, 6, 7, 9], 1, "differs from the host$"),
        ([5, 6, 7, 8], 2, "differs from the host in rnn"),
        ([5, 0, 0, 0], 1, "differs from the host$"),
    ],
)
def test_a_sample_or_a_state_that_differs_is_refused(samples, state, message):
    same = outputs([5, 6, 7, 8], 1)
    cluster_rtl.compare(small("int8"), same, same)
    with pytest.raises(OssicleError, match=message):
        cluster_rtl.compare(small("int8"), same, outputs(samples, state))


def test_silence_is_no_comparison():
    silent = outputs([5, 0, 0, 0], 1)
    with pytest.raises(OssicleError, match="too much silence to be compared"):
        cluster_rtl.compare(small("int8"), silent, silent)


def test_steps_of_the_bench_belong_to_the_nodes_of_the_plan():
    found_plan = best_plan(small("int8"), BENCH).plan
    cycles = [100, *(200 + 10 * number for number in range(len(found_plan.phases) + 1))]
    forks = [Event(cycle, -1, "fork", 0) for cycle in cycles]
    frame = (Event(90, 2, "read", 32), *forks, Event(9000, 2, "write", 32))
    found = cluster_rtl.layer_cycles(found_plan, RtlRun(b"", frame, ()))
    assert sum(found.values()) == 10 * len(found_plan.phases)
    assert found["rnn0"] == 10 * sum(phase.node == "rnn0" for phase in found_plan.phases)
    with pytest.raises(OssicleError, match="phases ended"):
        cluster_rtl.layer_cycles(found_plan, RtlRun(b"", (*frame[:1], *frame[2:]), ()))


@pytest.mark.slow
@needs_rtl
def test_a_hop_on_the_bench_is_measured_in_parts():
    found = cluster_rtl.measure(small("int8"), BENCH, 8)
    assert 0 < found.recurrent < found.cycles and found.waiting < found.cycles
    assert found.workers == 2 and found.precision == "w8a8"
    layers = [node for node in small("int8").nodes if node.op == "gru"]
    names = ("weight_ih", "weight_hh")
    assert found.recurrent_macs == sum(node.constants[name].size for node in layers for name in names)
