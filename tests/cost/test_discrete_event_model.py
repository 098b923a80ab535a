"""The discrete-event model against timelines that were worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from clusterplans import WORKERS, cluster, double_buffered, handmade
from networks import small_model

from ossicle.cost import discrete_event_model
from ossicle.cost.discrete_event_model import PhaseTimes, simulated_timeline
from ossicle.cost.transfers import Span
from ossicle.errors import OssicleError
from ossicle.graph.operator import OPS
from ossicle.platforms.cluster.plan import SimulatedPlan
from ossicle.quantization import quantize
from ossicle.schedule.plan_search import plan_cluster
from ossicle.schedule.roofline import lower_bound
from ossicle.targets import Overhead, load_target


def evenly(cycles):
    return lambda phase: [cycles] * WORKERS


def test_two_buffers_with_a_copy_that_is_longer_than_a_phase():
    """Copies take 100 cycles after 10, and phases 100, so that each phase waits for 10."""
    frame = simulated_timeline(double_buffered(), cluster(), evenly(100))
    assert frame.cycles == 220
    assert frame.dma_waits == (Span(0, 0, 10), Span(1, 110, 120)) and not frame.l3_waits
    assert frame.phases == (PhaseTimes(0, 10, (110, 110)), PhaseTimes(1, 120, (220, 220)))
    assert frame.dma_copies == (Span(0, 0, 10), Span(1, 20, 120), Span(0, 130, 220))
    assert frame.bytes == {"l2": 1600, "mram": 0}
    assert (frame.waiting, frame.working) == (20, 400)


def test_two_buffers_with_a_copy_that_is_shorter_than_a_phase_hide_it():
    frame = simulated_timeline(double_buffered(), cluster(bytes_per_cycle=16), evenly(100))
    assert frame.cycles == 200 and not frame.waiting
    assert frame.dma_copies == (Span(1, 10, 60), Span(0, 110, 160))


def test_one_buffer_hides_nothing():
    plan = handmade([("layer_one", 0)], [800], "dma_issue:0 dma_wait:0 phase_begin:0")
    frame = simulated_timeline(plan, cluster(), evenly(100))
    assert frame.cycles == 210 and frame.dma_waits == (Span(0, 0, 110),)


def test_copies_go_one_after_another_and_bytes_are_rounded_up_to_cycles():
    plan = handmade(
        [("layer_one", 1)], [9, 80], "dma_issue:0 dma_issue:1 dma_wait:1 phase_begin:0 dma_wait:0"
    )
    frame = simulated_timeline(plan, cluster(), evenly(5))
    assert frame.dma_copies == (Span(0, 10, 12), Span(1, 12, 22))
    assert frame.dma_waits == (Span(1, 0, 22),) and frame.cycles == 27


def test_the_slowest_worker_ends_a_phase_and_cycles_are_whole():
    plan = handmade([("front_end", None), ("layer_one", None)], [], "phase_begin:0 phase_begin:1")
    work = {"front_end": [7.2, 3], "layer_one": [1, 4]}
    frame = simulated_timeline(plan, cluster(), lambda phase: work[phase.layer])
    assert frame.phases == (PhaseTimes(0, 0, (8, 3)), PhaseTimes(1, 8, (9, 12)))
    assert frame.cycles == 12 and frame.working == 16 and frame.phases[1].end == 12


def test_the_controller_takes_time_for_commands_forks_and_joins():
    plan = handmade([("layer_one", 0)], [80], "dma_issue:0 dma_wait:0 phase_begin:0")
    frame = simulated_timeline(plan, cluster(overhead=Overhead(command=3, fork=50, join=30)), evenly(100))
    assert frame.dma_copies == (Span(0, 13, 23),) and frame.dma_waits == (Span(0, 6, 23),)
    assert frame.phases == (PhaseTimes(0, 23 + 3 + 50, (176, 176)),) and frame.cycles == 206


def test_the_controller_goes_on_while_workers_compute():
    plan = handmade(
        [("layer_one", 0), ("layer_two", 1)],
        [80, 8],
        "phase_begin:0 dma_issue:0 dma_issue:1 dma_wait:0 phase_begin:1",
    )
    frame = simulated_timeline(plan, cluster(overhead=Overhead(command=20, fork=0, join=5)), evenly(100))
    assert frame.phases == (PhaseTimes(0, 20, (120, 120)), PhaseTimes(1, 120, (220, 220)))
    assert frame.dma_copies == (Span(0, 50, 60), Span(1, 70, 71))
    assert frame.cycles == 225 and not frame.dma_waits
    late = simulated_timeline(plan, cluster(0.5, overhead=Overhead(command=20, fork=0, join=5)), evenly(100))
    assert late.dma_copies[0] == Span(0, 50, 210) and late.dma_waits == (Span(0, 120, 210),)
    assert late.phases[1].begin == 230


def test_waiting_for_what_was_never_started_returns_at_once():
    plan = handmade([("layer_one", 0)], [80], "dma_wait:0 phase_begin:0")
    assert simulated_timeline(plan, cluster(), evenly(10)).cycles == 10


def test_the_engine_tells_later_than_it_ends():
    plan, chip = handmade([("layer_one", 0)], [800], "dma_issue:0 dma_wait:0 phase_begin:0"), cluster()
    frame = simulated_timeline(plan, replace(chip, dma=replace(chip.dma, end_cycles=4)), evenly(100))
    assert (
        frame.dma_copies == (Span(0, 10, 110),)
        and frame.dma_waits == (Span(0, 0, 114),)
        and frame.cycles == 214
    )


def test_workers_who_work_slow_the_engine_and_idle_ones_do_not():
    """A beat of 8 bytes takes 34 of 32 cycles, and 1.5 times p = 0.5 x 2 / (2 x 16) more while both work."""
    chip = replace(cluster(), banks=16, dma=load_target("gap9").cluster.dma)
    plan = handmade(
        [("layer_one", 0), ("layer_two", 1)],
        [32_000, 8],
        "phase_begin:0 dma_issue:0 dma_wait:0 phase_begin:1",
    )
    alone, beside = 34 / 32, 34 / 32 + 1.5 / 32
    idle = simulated_timeline(plan, chip, lambda phase: [0, 0]).dma_copies
    assert idle == (Span(0, 21, 21 + round(4000 * alone)),)
    both = simulated_timeline(plan, chip, evenly(10_000)).dma_copies
    assert both == (Span(0, 21, 21 + math.ceil(4000 * beside)),)
    # Half of a phase counts where one of two works, and a phase's end changes the rate amid a copy.
    one = simulated_timeline(plan, chip, lambda phase: [10_000, 0]).dma_copies
    assert one == (Span(0, 21, 21 + math.ceil(4000 * (alone + beside) / 2)),)
    first = simulated_timeline(
        plan, chip, lambda phase: [2021, 2021] if phase.layer == "layer_one" else [0, 0]
    ).dma_copies
    assert first == (Span(0, 21, 2021 + math.ceil((4000 - 2000 / beside) * alone)),)


def test_a_third_copy_waits_until_the_first_has_asked_for_all_its_bytes():
    """On the RTL of MCHAN, a burst ahead of this, they were taken at 811, 1899 and 2987 cycles."""
    chip = replace(cluster(), dma=load_target("gap9").cluster.dma)
    plan = handmade(
        [("layer_one", 4)],
        [8192] * 5,
        "dma_issue:0 dma_issue:1 dma_issue:2 dma_issue:3 dma_issue:4 dma_wait:4 phase_begin:0",
    )
    frame = simulated_timeline(plan, chip, evenly(1))
    first = 21 + (8192 - 2048) // 8 * 34 // 32
    taken = [wait.end for wait in frame.dma_waits[:-1]]
    assert taken == [first, first + 1088, first + 2 * 1088]
    assert taken == pytest.approx([811, 1899, 2987], abs=34)


def test_a_wait_for_what_has_ended_waits_for_a_copy_that_the_engine_has_not_taken():
    dma = replace(load_target("gap9").cluster.dma, end_cycles=0)
    chip = replace(cluster(), dma=dma)
    plan = handmade(
        [("layer_one", 0)],
        [80, 8192, 8192],
        "dma_issue:0 dma_wait:0 dma_issue:1 dma_issue:2 dma_wait:0 phase_begin:0 dma_wait:2",
    )
    frame = simulated_timeline(plan, chip, evenly(1))
    assert frame.dma_waits[:2] == (Span(0, 0, 32), Span(0, 32, 32 + 21 + 816))


def test_weights_from_behind_l2_come_at_the_pace_of_their_memory():
    """At 240 MHz, 240 MB/s are a byte a cycle, and a microsecond is 240 cycles."""
    plan = handmade(
        [("layer_one", 0)], [800], "l3_issue:0 l3_wait:0 dma_issue:0 dma_wait:0 phase_begin:0", l3_sizes=[800]
    )
    chip = cluster()
    low = chip.points[-1]
    assert low.hertz == 240e6
    frame = simulated_timeline(plan, chip, evenly(100), low)
    assert frame.l3_waits == (Span(0, 0, 1040),) and frame.dma_waits == (Span(0, 1040, 1150),)
    assert frame.cycles == 1250 and frame.bytes == {"l2": 800, "mram": 800}


def test_a_plan_that_fetches_needs_a_clock():
    plan = handmade(
        [("layer_one", 0)], [800], "l3_issue:0 l3_wait:0 dma_issue:0 dma_wait:0 phase_begin:0", l3_sizes=[800]
    )
    with pytest.raises(OssicleError, match="name an operating point"):
        simulated_timeline(plan, cluster(), evenly(100))


def test_hops_that_never_become_alike_are_refused(monkeypatch):
    monkeypatch.setattr(discrete_event_model, "MOST_FRAMES", 1)
    with pytest.raises(OssicleError, match="do not become alike within 1"):
        simulated_timeline(double_buffered(), cluster(), evenly(100))


def ring(rng, tiles):
    """Random sizes and work; a tile is copied again as the first to third phase after its own begins."""
    behind = int(rng.integers(1, 4))
    words = []
    for tile in range(tiles):
        words += [f"dma_wait:{tile}", f"phase_begin:{tile}", f"dma_issue:{(tile - behind) % tiles}"]
    sizes = [8 * int(size) for size in rng.integers(1, 300, tiles)]
    prologue = " ".join(f"dma_issue:{tile}" for tile in range(tiles - behind))
    plan = handmade([(f"layer_{tile}", tile) for tile in range(tiles)], sizes, " ".join(words), prologue)
    work = {f"layer_{tile}": rng.integers(10, 400, WORKERS).tolist() for tile in range(tiles)}
    return plan, lambda phase: work[phase.layer]


@pytest.mark.parametrize("seed", range(20))
def test_a_slower_engine_is_never_faster_and_nothing_beats_its_parts(seed):
    rng = np.random.default_rng(seed)
    plan, work = ring(rng, int(rng.integers(4, 9)))
    frames = [simulated_timeline(plan, cluster(speed), work) for speed in (64, 16, 8, 4, 2, 1)]
    cycles = [frame.cycles for frame in frames]
    assert cycles == sorted(cycles)
    later = simulated_timeline(plan, cluster(8, latency=50), work)
    assert later.cycles >= frames[2].cycles
    for frame, speed in zip(frames, (64, 16, 8, 4, 2, 1), strict=True):
        phases = sum(phase.end - phase.begin for phase in frame.phases)
        busy = sum(span.end - span.begin for span in frame.dma_copies)
        whole = sum(-(-transfer.bytes // speed) for transfer in plan.dma_transfers)
        assert busy == whole <= frame.cycles
        assert frame.cycles == phases + frame.waiting


@pytest.mark.parametrize("scheme", ["fp16", "int8", "mixed"])
@pytest.mark.parametrize("l2_bytes", [1_000_000, 5_848])
def test_plans_of_networks_keep_to_the_bound(scheme, l2_bytes):
    """Workers at their best rate; a small L1, and a small L2 which leaves tiles in the memory behind it."""
    model = small_model("lstm")
    graph = quantize(model.graph, scheme, model.calibration)
    chip = load_target("gap9").cluster
    chip = replace(chip, l1=replace(chip.l1, bytes=8000), l2=replace(chip.l2, bytes=l2_bytes))
    nodes = {node.name: node for node in graph.nodes if OPS[node.op].matrices}

    def work(phase):
        if phase.tile is None:
            return [0] * chip.workers
        node = nodes[phase.node]
        rows = len(node.constants[OPS[node.op].matrices[0].weight])
        units = rows // 4 if node.op == "lstm" else rows
        whole = lower_bound(replace(graph, nodes=(node,)), chip).cores
        return [whole * phase.count / units] * chip.workers

    point = chip.points[-1]
    target = replace(load_target("gap9"), cluster=chip)

    def simulate(plan):
        return SimulatedPlan(plan, point, work, simulated_timeline(plan, chip, work, point))

    best = plan_cluster(graph, target, simulate)
    plan, frame = best.plan, best.timeline
    least = lower_bound(graph, chip, point, next(store for store in chip.l3 if store.name == plan.l3))
    assert plan.dma_transfers and bool(plan.l3_transfers) == (l2_bytes == 5_848)
    assert least.cycles <= frame.cycles
    assert sum(span.end - span.begin for span in frame.dma_copies) * 8 >= frame.bytes["l2"]


def test_more_overhead_is_never_faster():
    plan, work = ring(np.random.default_rng(1), 6)
    before = cluster()
    for overhead in (Overhead(5, 0, 0), Overhead(5, 40, 0), Overhead(5, 40, 20)):
        after = replace(before, overhead=overhead)
        assert simulated_timeline(plan, after, work).cycles >= simulated_timeline(plan, before, work).cycles
        before = after
