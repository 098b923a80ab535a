"""What cores and engine take from each other, worked out by hand."""

from dataclasses import replace

import pytest
from networks import small_model

from ossicle import api
from ossicle.cost.cluster_cycle_model import phase_cycles
from ossicle.cost.contention import copying_rate, together
from ossicle.cost.discrete_event_model import simulated_timeline
from ossicle.kernels.cv32e40p import CV32E40P
from ossicle.kernels.cycles import Size, Work
from ossicle.quantization import quantize
from ossicle.schedule.plan_search import candidates
from ossicle.targets import load_target

TARGET = load_target("gap9")
GAP9 = TARGET.cluster


def test_a_core_that_is_alone_takes_its_own_cycles():
    assert together(Work(1000, 900, 10), GAP9, 1, 0.0) == 1000


def test_others_and_the_engine_hold_a_core_up_at_the_banks():
    """Half an access a cycle, each of which waits with half of (0.5 x 7 + 2) / 16."""
    assert together(Work(1600), GAP9, 8, 0.0) == pytest.approx(1600 + 800 * 3.5 / 32)
    assert together(Work(1600), GAP9, 8, 1.0) == pytest.approx(1600 + 800 * 5.5 / 32)
    assert together(Work(1600), replace(GAP9, banks=8), 8, 1.0) == pytest.approx(1600 + 800 * 5.5 / 16)


def test_cores_hold_the_engine_up_at_the_banks():
    """Two cycles a burst are lost; with eight workers a request is denied in one of eight cycles."""
    assert copying_rate(GAP9, 0) == pytest.approx(7.53, abs=0.005)
    assert copying_rate(GAP9, 8) == pytest.approx(8 / (1.0625 + 1.5 * 0.125))
    assert copying_rate(GAP9, 4) == pytest.approx(8 / (1.0625 + 1.5 * 0.0625))


def test_two_cores_share_a_floating_point_unit_and_all_share_the_divider():
    free = replace(GAP9, banks=10**9)
    assert together(Work(1000, 400), free, 8, 0.0) == pytest.approx(1000 + 400 * 0.4 / 2, abs=0.01)
    assert together(Work(1000, 400), free, 4, 0.0) == pytest.approx(1000, abs=0.01)
    assert together(Work(1000, 900), free, 8, 0.0) == 1800
    assert together(Work(1000, 0, 10), free, 8, 0.0) == pytest.approx(8 * 10 * 14)


def block(columns: int) -> Work:
    """Of 16 more columns of a row, in products of pairs of halves."""
    few, many = (CV32E40P["osc_matvec_f16"].of(Size(1000, columns + 16 * n, half_pairs=True)) for n in (0, 1))
    return Work((many.cycles - few.cycles) / 1000, (many.operations - few.operations) / 1000)


def test_a_block_of_halves_takes_no_less_than_its_units_do():
    """29 instructions, 16 of them of a unit that two workers share: at least 32 cycles."""
    alone = block(256)
    assert alone.cycles == pytest.approx(29, abs=0.05) and alone.operations == pytest.approx(16, abs=0.02)
    assert 32 <= together(alone, GAP9, 8, 0.0) <= 36


def test_rows_that_begin_between_two_words_take_eight_cycles_more_a_block():
    assert block(257).cycles - block(256).cycles == pytest.approx(8 / 2)


def test_transforms_take_longer_where_cores_share_units_and_roots_have_one():
    model = small_model("gru")
    graph = quantize(model.graph, "int8", model.calibration)
    plan = next(candidates(graph, TARGET))

    def front_end(cluster):
        return max(phase_cycles(graph, replace(TARGET, cluster=cluster), plan)(plan.phases[0]))

    free = replace(GAP9, fpu=replace(GAP9.fpu, units=8, divide_cycles=1))
    bins = graph.task.stft.bins
    assert front_end(GAP9) > front_end(free) and front_end(GAP9) > 14 * bins


@pytest.mark.slow
def test_tiles_that_stay_in_l1_are_worth_their_room():
    """The best plan of gru256 keeps some, and takes a fifth less than the best one that keeps none."""
    graph = api.quantize(api.load("gru256"), "mixed").graph
    low = GAP9.points[-1]
    cycles = {
        plan: simulated_timeline(plan, GAP9, phase_cycles(graph, TARGET, plan), low).cycles
        for plan in candidates(graph, TARGET)
    }
    without = min(found for plan, found in cycles.items() if not plan.l1_resident)
    assert without >= 1.2 * min(cycles.values())
