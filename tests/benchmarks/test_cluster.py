"""The harness of the cluster's figures, on networks of a few units."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from clusters import needs_rtl
from networks import small_model

pytest.importorskip("emulator")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import cluster_rtl

from ossicle.errors import OssicleError
from ossicle.measure.cluster import best_plan
from ossicle.measure.forecast import forecast
from ossicle.quantize import quantize
from ossicle.run.rtl import Event, RtlRun
from ossicle.targets import load_target

# Not by its name, which a module of these tests has too.
SPEC = importlib.util.spec_from_file_location(
    "benchmark_of_clusters", Path(cluster_rtl.__file__).with_name("cluster.py")
)
cluster = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(cluster)


def small(scheme: str):
    model = small_model("gru")
    return quantize(model.graph, scheme, model.calibration)


@pytest.fixture(scope="module")
def plans():
    gap9 = load_target("gap9").cluster
    return {("gru128", scheme): forecast(small(scheme), gap9) for scheme in cluster.SCHEMES}


@pytest.fixture(scope="module")
def core():
    return {
        "model": "gru128",
        "scheme": "w8a16",
        "chip": "stm32f767",
        "ms": 2.0,
        "watts": 0.3,
        "microjoules": 600,
    }


@pytest.fixture(scope="module")
def on_chip():
    return {"gru128": forecast(small("fp16"), cluster.with_large_l2(load_target("gap9")).cluster)}


def test_claims_are_ratios_of_the_plans(plans, on_chip, core):
    tables = cluster.claim_tables(plans, on_chip, [core])
    (heads, claims), (_, rows), (_, power), (_, cores) = tables.values()
    assert heads == ["", "published", "gru128"]
    halves, mixed = plans["gru128", "fp16"], plans["gru128", "mixed"]
    ours = [float(row[2]) for row in claims]
    assert ours[0] == pytest.approx(halves.hop.cycles / mixed.hop.cycles, abs=0.005)
    # So small a network lies on the chip in halves too.
    assert ours[1] == ours[0] and 1 < ours[2] < 2
    low, high = mixed.energies
    assert low.point.volts < high.point.volts and 1 < ours[3] < ours[4] < 2.5
    assert ours[6] == round(600 / mixed.energy.microjoules) == int(cores[0][-1])
    assert (
        [row[0] for row in rows]
        == [row[0] for row in power]
        == ["gru128 fp16", "gru128 int8", "gru128 mixed"]
    )
    assert all(row[-1].endswith(" mram") for row in rows)


def test_the_page_has_the_words_of_the_script_and_every_table(plans, on_chip, core):
    tables = cluster.claim_tables(plans, on_chip, [core])
    text = cluster.markdown(cluster.__doc__, tables)
    assert text.startswith("# The published figures") and "no GAP9 was measured" in text
    lines = text.splitlines()
    for caption, (heads, rows) in tables.items():
        at = lines.index(f"## {caption}") + 2
        table = [line.strip("|").split("|") for line in lines[at : at + 2 + len(rows)]]
        assert all(len(cells) == len(heads) for cells in table)


def test_a_single_core_takes_its_power_for_the_estimated_time(monkeypatch):
    monkeypatch.setattr(cluster, "_quantized", lambda model, scheme: small(scheme))
    found = cluster.single_core("small", "w8a16", "stm32f767", 0.01)
    assert found["ms"] > 0 and found["watts"] == load_target("stm32f767").chip.watts > 0
    assert found["microjoules"] == pytest.approx(1000 * found["ms"] * found["watts"])


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
    tables = cluster_rtl.tables(rows)
    assert len(tables) == 2
    for (heads, texts), speed_up in zip(tables.values(), ("6.00", "3.00"), strict=True):
        assert len(texts) == 1 and len(texts[0]) == len(heads) and texts[0][-1] == speed_up
    assert "+5.0 %" in texts[0] and "10.0 %" in texts[0]


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
