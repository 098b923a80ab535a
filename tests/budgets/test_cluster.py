"""Cycles on the RTL testbench and by the model: those that are published, and near each other."""

import sys
from pathlib import Path

import pytest
from clusters import needs_rtl
from published import NEAR, published

from ossicle import api
from ossicle.platforms.cluster.estimate import estimate
from ossicle.platforms.cluster.plan import best_plan
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import cluster_rtl

ROWS = published("cluster_rtl")["rows"]
MOST_ERROR = 0.05
"""Of the model, to either side of the RTL."""


def name(row) -> tuple[str, str, int]:
    return row["model"], row["scheme"], row["workers"]


def cases(fast):
    slow = pytest.mark.slow
    return [
        pytest.param(row, marks=() if name(row) in fast else slow, id=" ".join(map(str, name(row))))
        for row in ROWS
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(map(str, name(row))))
def test_the_model_is_published_within_a_twentieth_of_the_rtl(row):
    assert row["modelled"] == pytest.approx(row["cycles"], rel=MOST_ERROR)


@pytest.mark.parametrize("row", cases({("gru128", scheme, 8) for scheme in cluster_rtl.SCHEMES}))
def test_the_model_says_what_is_published(row):
    graph = api.quantize(api.load(row["model"]), cluster_rtl.precisions(row["model"], row["scheme"])).graph
    target = with_cluster_sizes(load_target("cv32e40p-cluster"), row["workers"])
    assert best_plan(graph, target).cycles == pytest.approx(row["modelled"], rel=NEAR)


@needs_rtl
@pytest.mark.parametrize("row", cases(()))
def test_the_rtl_takes_what_is_published(row):
    found = cluster_rtl.measure_model(*name(row))
    assert found.cycles == pytest.approx(row["cycles"], rel=NEAR)
    assert found.modelled == pytest.approx(found.cycles, rel=MOST_ERROR)


def test_lstm256_is_in_time_at_the_lowest_voltage_from_memory_on_the_chip():
    found = estimate(api.quantize(api.load("lstm256"), "mixed").graph, load_target("gap9"))
    recorded = published("cluster")["plans"]["lstm256 mixed"]
    assert found.timeline.cycles == pytest.approx(recorded["cycles"], rel=NEAR)
    assert found.plan.l3 == "mram" and found.lower_bound.cycles <= found.timeline.cycles
    assert found.energy.point.volts == 0.65 and found.energy.in_time
