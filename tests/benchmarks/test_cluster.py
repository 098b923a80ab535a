"""The harness of the cluster's figures, on networks of a few units."""

import json
from dataclasses import replace

import cluster_rtl
import emulator  # noqa: F401  (skips where the emulator is missing)
import pytest
import tables.cluster
import tables.cluster_rtl
from clusters import needs_rtl
from networks import small_model

from ossicle.errors import OssicleError
from ossicle.measure.cluster import best_plan
from ossicle.quantize import quantize
from ossicle.run.rtl import Event, RtlRun
from ossicle.targets import load_target


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
    claims, plans, power, cores = tables.cluster.tables(*found)
    assert list(claims.columns) == ["", "published", "gru128"]
    halves, mixed = (results["plans"][f"gru128 {scheme}"] for scheme in ("fp16", "mixed"))
    ours = [float(row[2]) for row in claims.rows]
    assert ours[0] == pytest.approx(halves["cycles"] / mixed["cycles"], abs=0.005)
    # So small a network lies on the chip in halves too.
    assert ours[1] == ours[0] and 1 < ours[2] < 2
    low, high = mixed["energies"]
    assert low["point"]["volts"] < high["point"]["volts"] and 1 < ours[3] < ours[4] < 2.5
    microjoules = results["single_core"]["gru128"]["microjoules"]
    assert ours[6] == round(microjoules / low["microjoules"]) == int(cores.rows[0][-1])
    assert [row[0] for row in plans.rows] == [row[0] for row in power.rows] == settings["cases"]
    assert all(row[-1].endswith(" mram") for row in plans.rows)
    for table in (claims, plans, power, cores):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_single_core_takes_its_power_for_the_estimated_time(found):
    core = found[0]["single_core"]["gru128"]
    assert core["ms"] > 0 and core["watts"] == load_target("stm32f767").chip.watts > 0
    assert core["microjoules"] == pytest.approx(1000 * core["ms"] * core["watts"])


def test_the_bound_of_a_loop_is_what_the_kernels_are_documented_with():
    found = {name: round(cluster_rtl.loop_rate(name), 2) for name in ("w8a8", "w8a16", "w4a16", "w16a16")}
    assert found == {"w8a8": 1.78, "w8a16": 1.14, "w4a16": 1.00, "w16a16": 0.89}


def row(**values):
    made = cluster_rtl.Row("gru128", "int8", 8, 8, 1000, 1050, 100, 500, 3500, "w8a8")
    return replace(made, **values)


def test_a_row_is_held_against_its_bounds():
    assert row().error == pytest.approx(0.05) and row().rate == 7
    assert row().dma_bound == 8 and row().loop_bound == pytest.approx(14.2, abs=0.05)
    assert row(precision="w4a16", dma_bytes=16).dma_bound == 32
    rows = [row(), row(workers=1, cycles=6000), row(dma_bytes=16), row(dma_bytes=16, workers=1, cycles=3000)]
    results = {"rows": [made.as_dict() for made in rows]}
    slow, fast = tables.cluster_rtl.tables(results, {"dma_bytes": (8, 16)})
    for table, speed_up in ((slow, "6.00"), (fast, "3.00")):
        assert len(table.rows) == 1 and len(table.rows[0]) == len(table.columns)
        assert table.rows[0][-1] == speed_up
        assert "+5.0 %" in table.rows[0] and "10.0 %" in table.rows[0]


def test_steps_of_the_bench_belong_to_the_nodes_of_the_plan():
    plan = best_plan(small("int8"), cluster_rtl.bench(8, 2).cluster)
    cycles = [100, *(200 + 10 * number for number in range(len(plan.steps) + 1))]
    forks = [Event(cycle, -1, "fork", 0) for cycle in cycles]
    hop = (Event(90, 2, "read", 32), *forks, Event(9000, 2, "write", 32))
    found = cluster_rtl.layer_cycles(plan, RtlRun(b"", hop, ()))
    assert sum(found.values()) == 10 * len(plan.steps)
    assert found["rnn0"] == 10 * sum(step.node == "rnn0" for step in plan.steps)
    with pytest.raises(OssicleError, match="steps ended"):
        cluster_rtl.layer_cycles(plan, RtlRun(b"", (*hop[:1], *hop[2:]), ()))


@needs_rtl
def test_a_hop_on_the_bench_is_measured_in_parts():
    found = cluster_rtl.measure(small("int8"), cluster_rtl.bench(16, 2), 2)
    assert 0 < found.recurrent < found.cycles and found.waiting < found.cycles
    assert found.dma_bytes == 16 and found.workers == 2 and found.precision == "w8a8"
    layers = [node for node in small("int8").nodes if node.op == "gru"]
    names = ("weight_ih", "weight_hh")
    assert found.recurrent_macs == sum(node.constants[name].size for node in layers for name in names)
