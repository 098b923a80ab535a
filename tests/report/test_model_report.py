"""What a report recommends, and what is on its Pareto front."""

import math

import pytest

from ossicle.report.charts import scatter
from ossicle.report.frame_cost import FrameCost
from ossicle.report.gantt import Bar, Lane
from ossicle.report.model_report import Choice, ModelReport, Quality, recommend
from ossicle.report.trace_events import trace_events


def choice(scheme, db, ms=1.0, size=1000, energy=None):
    cost = FrameCost(bytes=size, ms=ms, microjoules=energy, basis="a test")
    return Choice("chip", scheme, Quality(db), cost, 10.0)


REFUSED = Choice("chip", "fp32", Quality(math.inf), None, 10.0, "it is too large")


def report(*choices):
    return ModelReport(
        model="m",
        description="noise suppressor",
        parameters=1,
        macs_per_frame=1,
        frame_ms=10.0,
        measured_on="a test",
        choices=choices,
        sensitivity_scheme="fp16",
        sensitivity=(),
        recordings=(),
        provenance={},
        sha256="0",
        version="0",
    )


@pytest.mark.parametrize(
    ("choices", "scheme"),
    [
        ([choice("a", 50, ms=2), choice("b", 30, ms=1)], "b"),  # both good: the fastest
        ([choice("a", 50, ms=1.2), choice("b", 30, ms=1)], "a"),  # and nearly as fast: the nearest
        ([choice("a", 50, ms=2), choice("b", 19.9, ms=1)], "a"),  # one is not good
        ([choice("a", 15), choice("b", 12, ms=0.1)], "a"),  # none is good: the nearest
        ([choice("a", 50, ms=10.1), choice("b", 30, ms=10)], "b"),  # one is too slow
        (
            [choice("a", 50, ms=None, size=20), choice("b", 30, ms=None, size=8)],
            "b",
        ),  # unknown times: the smallest
        ([REFUSED, choice("a", 5)], "a"),
    ],
)
def test_the_recommended_scheme_is_the_one_that_the_rule_says(choices, scheme):
    assert recommend(choices).scheme == scheme


def test_nothing_is_recommended_where_nothing_fits_and_keeps_up():
    assert recommend([REFUSED, choice("a", 50, ms=11)]) is None


def test_the_front_leaves_out_what_another_scheme_beats():
    good, fast, small = (
        choice("good", 60, ms=3),
        choice("fast", 40, ms=1),
        choice("small", 40, ms=2, size=500),
    )
    beaten, equal = choice("beaten", 40, ms=1.5), choice("equal", 60, ms=3)
    found = report(good, fast, small, beaten, equal, REFUSED)
    assert [of.scheme for of in found.front("chip")] == ["good", "fast", "small", "equal"]
    assert found.as_dict()["recommended"] == {"chip": "fast"}


def test_less_energy_alone_brings_a_scheme_to_the_front():
    assert len(report(choice("a", 40, energy=(1, 2)), choice("b", 50, energy=(2, 3))).front("chip")) == 2
    assert len(report(choice("a", 40, energy=(2, 3)), choice("b", 50, energy=(1, 2))).front("chip")) == 1


def test_a_chart_draws_better_higher_and_cheaper_further_left():
    choices = [choice("a", 60, ms=3), choice("b", 40, ms=1, size=250), choice("exact", math.inf, ms=9)]
    a, b, exact = scatter(choices, choices[:1], choices[1]).dots
    assert exact.y < a.y < b.y and b.x < a.x < exact.x and math.isclose(b.radius, a.radius / 2)
    assert (a.on_front, b.on_front, a.recommended, b.recommended) == (True, False, False, True)
    assert scatter([REFUSED], [], None) is None


def test_a_trace_has_each_bar_in_microseconds_on_the_thread_of_its_lane():
    lanes = [Lane("worker 0", (Bar(100, 300, "rnn"),)), Lane("DMA", (Bar(0, 50, "fc"),))]
    events = trace_events(lanes, 100e6, "m")["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    bars = [(names[e["tid"]], e["name"], e["ts"], e["dur"]) for e in events if e["ph"] == "X"]
    assert bars == [("worker 0", "rnn", 1.0, 2.0), ("DMA", "fc", 0.0, 0.5)]
