"""The discrete-event model against timelines that were worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from clusterplans import WORKERS, cluster, double_buffered, handmade
from networks import small_model

from ossicle.cost import discrete_event_model
from ossicle.cost.discrete_event_model import Span, StepTimes, simulated_timeline
from ossicle.cost.planning import SimulatedPlan
from ossicle.errors import OssicleError
from ossicle.graph.operator import OPS
from ossicle.quantize import quantize
from ossicle.schedule.arrange import plan_cluster
from ossicle.schedule.bound import bound
from ossicle.targets import Overhead, load_target


def evenly(cycles):
    return lambda step: [cycles] * WORKERS


def test_two_buffers_with_a_copy_that_is_longer_than_a_step():
    """Copies take 100 cycles after 10, and steps 100, so that each step waits for 10."""
    hop = simulated_timeline(double_buffered(), cluster(), evenly(100))
    assert hop.cycles == 220
    assert hop.waits == (Span(0, 0, 10), Span(1, 110, 120)) and not hop.far_waits
    assert hop.steps == (StepTimes(0, 10, (110, 110)), StepTimes(1, 120, (220, 220)))
    assert hop.copies == (Span(0, 0, 10), Span(1, 20, 120), Span(0, 130, 220))
    assert hop.bytes == {"l2": 1600, "mram": 0}
    assert (hop.waiting, hop.working) == (20, 400)


def test_two_buffers_with_a_copy_that_is_shorter_than_a_step_hide_it():
    hop = simulated_timeline(double_buffered(), cluster(bytes_per_cycle=16), evenly(100))
    assert hop.cycles == 200 and not hop.waiting
    assert hop.copies == (Span(1, 10, 60), Span(0, 110, 160))


def test_one_buffer_hides_nothing():
    plan = handmade([("layer_one", 0)], [800], "start:0 wait:0 fork:0")
    hop = simulated_timeline(plan, cluster(), evenly(100))
    assert hop.cycles == 210 and hop.waits == (Span(0, 0, 110),)


def test_copies_go_one_after_another_and_bytes_are_rounded_up_to_cycles():
    plan = handmade([("layer_one", 1)], [9, 80], "start:0 start:1 wait:1 fork:0 wait:0")
    hop = simulated_timeline(plan, cluster(), evenly(5))
    assert hop.copies == (Span(0, 10, 12), Span(1, 12, 22))
    assert hop.waits == (Span(1, 0, 22),) and hop.cycles == 27


def test_the_slowest_worker_ends_a_step_and_cycles_are_whole():
    plan = handmade([("front_end", None), ("layer_one", None)], [], "fork:0 fork:1")
    work = {"front_end": [7.2, 3], "layer_one": [1, 4]}
    hop = simulated_timeline(plan, cluster(), lambda step: work[step.layer])
    assert hop.steps == (StepTimes(0, 0, (8, 3)), StepTimes(1, 8, (9, 12)))
    assert hop.cycles == 12 and hop.working == 16 and hop.steps[1].end == 12


def test_the_controller_takes_time_for_commands_forks_and_joins():
    plan = handmade([("layer_one", 0)], [80], "start:0 wait:0 fork:0")
    hop = simulated_timeline(plan, cluster(overhead=Overhead(command=3, fork=50, join=30)), evenly(100))
    assert hop.copies == (Span(0, 13, 23),) and hop.waits == (Span(0, 6, 23),)
    assert hop.steps == (StepTimes(0, 23 + 3 + 50, (176, 176)),) and hop.cycles == 206


def test_the_controller_goes_on_while_workers_compute():
    plan = handmade([("layer_one", 0), ("layer_two", 1)], [80, 8], "fork:0 start:0 start:1 wait:0 fork:1")
    hop = simulated_timeline(plan, cluster(overhead=Overhead(command=20, fork=0, join=5)), evenly(100))
    assert hop.steps == (StepTimes(0, 20, (120, 120)), StepTimes(1, 120, (220, 220)))
    assert hop.copies == (Span(0, 50, 60), Span(1, 70, 71))
    assert hop.cycles == 225 and not hop.waits
    late = simulated_timeline(plan, cluster(0.5, overhead=Overhead(command=20, fork=0, join=5)), evenly(100))
    assert late.copies[0] == Span(0, 50, 210) and late.waits == (Span(0, 120, 210),)
    assert late.steps[1].begin == 230


def test_waiting_for_what_was_never_started_returns_at_once():
    plan = handmade([("layer_one", 0)], [80], "wait:0 fork:0")
    assert simulated_timeline(plan, cluster(), evenly(10)).cycles == 10


def test_the_engine_tells_later_than_it_ends():
    plan, chip = handmade([("layer_one", 0)], [800], "start:0 wait:0 fork:0"), cluster()
    hop = simulated_timeline(plan, replace(chip, dma=replace(chip.dma, end_cycles=4)), evenly(100))
    assert hop.copies == (Span(0, 10, 110),) and hop.waits == (Span(0, 0, 114),) and hop.cycles == 214


def test_workers_who_work_slow_the_engine_and_idle_ones_do_not():
    """A beat of 8 bytes takes 34 of 32 cycles, and 1.5 times p = 0.5 x 2 / (2 x 16) more while both work."""
    chip = replace(cluster(), banks=16, dma=load_target("gap9").cluster.dma)
    plan = handmade([("layer_one", 0), ("layer_two", 1)], [32_000, 8], "fork:0 start:0 wait:0 fork:1")
    alone, beside = 34 / 32, 34 / 32 + 1.5 / 32
    idle = simulated_timeline(plan, chip, lambda step: [0, 0]).copies
    assert idle == (Span(0, 21, 21 + round(4000 * alone)),)
    both = simulated_timeline(plan, chip, evenly(10_000)).copies
    assert both == (Span(0, 21, 21 + math.ceil(4000 * beside)),)
    # Half of a step counts where one of two works, and a step's end changes the rate amid a copy.
    one = simulated_timeline(plan, chip, lambda step: [10_000, 0]).copies
    assert one == (Span(0, 21, 21 + math.ceil(4000 * (alone + beside) / 2)),)
    first = simulated_timeline(
        plan, chip, lambda step: [2021, 2021] if step.layer == "layer_one" else [0, 0]
    ).copies
    assert first == (Span(0, 21, 2021 + math.ceil((4000 - 2000 / beside) * alone)),)


def test_a_third_copy_waits_until_the_first_has_asked_for_all_its_bytes():
    """On the RTL of MCHAN, a burst ahead of this, they were taken at 811, 1899 and 2987 cycles."""
    chip = replace(cluster(), dma=load_target("gap9").cluster.dma)
    plan = handmade([("layer_one", 4)], [8192] * 5, "start:0 start:1 start:2 start:3 start:4 wait:4 fork:0")
    hop = simulated_timeline(plan, chip, evenly(1))
    first = 21 + (8192 - 2048) // 8 * 34 // 32
    taken = [wait.end for wait in hop.waits[:-1]]
    assert taken == [first, first + 1088, first + 2 * 1088]
    assert taken == pytest.approx([811, 1899, 2987], abs=34)


def test_a_wait_for_what_has_ended_waits_for_a_copy_that_the_engine_has_not_taken():
    dma = replace(load_target("gap9").cluster.dma, end_cycles=0)
    chip = replace(cluster(), dma=dma)
    plan = handmade(
        [("layer_one", 0)], [80, 8192, 8192], "start:0 wait:0 start:1 start:2 wait:0 fork:0 wait:2"
    )
    hop = simulated_timeline(plan, chip, evenly(1))
    assert hop.waits[:2] == (Span(0, 0, 32), Span(0, 32, 32 + 21 + 816))


def test_weights_from_behind_l2_come_at_the_pace_of_their_memory():
    """At 240 MHz, 240 MB/s are a byte a cycle, and a microsecond is 240 cycles."""
    plan = handmade([("layer_one", 0)], [800], "fetch:0 arrive:0 start:0 wait:0 fork:0", fetches=[800])
    chip = cluster()
    low = chip.points[-1]
    assert low.hertz == 240e6
    hop = simulated_timeline(plan, chip, evenly(100), low)
    assert hop.far_waits == (Span(0, 0, 1040),) and hop.waits == (Span(0, 1040, 1150),)
    assert hop.cycles == 1250 and hop.bytes == {"l2": 800, "mram": 800}


def test_a_plan_that_fetches_needs_a_clock():
    plan = handmade([("layer_one", 0)], [800], "fetch:0 arrive:0 start:0 wait:0 fork:0", fetches=[800])
    with pytest.raises(OssicleError, match="name an operating point"):
        simulated_timeline(plan, cluster(), evenly(100))


def test_hops_that_never_become_alike_are_refused(monkeypatch):
    monkeypatch.setattr(discrete_event_model, "MOST_HOPS", 1)
    with pytest.raises(OssicleError, match="do not become alike within 1"):
        simulated_timeline(double_buffered(), cluster(), evenly(100))


def ring(rng, tiles):
    """Random sizes and work; a tile is copied again as the first to third step after its own begins."""
    behind = int(rng.integers(1, 4))
    words = []
    for tile in range(tiles):
        words += [f"wait:{tile}", f"fork:{tile}", f"start:{(tile - behind) % tiles}"]
    sizes = [8 * int(size) for size in rng.integers(1, 300, tiles)]
    preload = " ".join(f"start:{tile}" for tile in range(tiles - behind))
    plan = handmade([(f"layer_{tile}", tile) for tile in range(tiles)], sizes, " ".join(words), preload)
    work = {f"layer_{tile}": rng.integers(10, 400, WORKERS).tolist() for tile in range(tiles)}
    return plan, lambda step: work[step.layer]


@pytest.mark.parametrize("seed", range(20))
def test_a_slower_engine_is_never_faster_and_nothing_beats_its_parts(seed):
    rng = np.random.default_rng(seed)
    plan, work = ring(rng, int(rng.integers(4, 9)))
    hops = [simulated_timeline(plan, cluster(speed), work) for speed in (64, 16, 8, 4, 2, 1)]
    cycles = [hop.cycles for hop in hops]
    assert cycles == sorted(cycles)
    later = simulated_timeline(plan, cluster(8, latency=50), work)
    assert later.cycles >= hops[2].cycles
    for hop, speed in zip(hops, (64, 16, 8, 4, 2, 1), strict=True):
        steps = sum(step.end - step.begin for step in hop.steps)
        busy = sum(span.end - span.begin for span in hop.copies)
        whole = sum(-(-transfer.bytes // speed) for transfer in plan.transfers)
        assert busy == whole <= hop.cycles
        assert hop.cycles == steps + hop.waiting


@pytest.mark.parametrize("scheme", ["fp16", "int8", "mixed"])
@pytest.mark.parametrize("l2_bytes", [1_000_000, 5_848])
def test_plans_of_networks_keep_to_the_bound(scheme, l2_bytes):
    """Workers at their best rate; a small L1, and a small L2 which leaves tiles in the memory behind it."""
    model = small_model("lstm")
    graph = quantize(model.graph, scheme, model.calibration)
    chip = load_target("gap9").cluster
    chip = replace(chip, l1=replace(chip.l1, bytes=8000), l2=replace(chip.l2, bytes=l2_bytes))
    nodes = {node.name: node for node in graph.nodes if OPS[node.op].matrices}

    def work(step):
        if step.tile is None:
            return [0] * chip.workers
        node = nodes[step.node]
        rows = len(node.constants[OPS[node.op].matrices[0].weight])
        units = rows // 4 if node.op == "lstm" else rows
        whole = bound(replace(graph, nodes=(node,)), chip).compute
        return [whole * step.count / units] * chip.workers

    point = chip.points[-1]
    target = replace(load_target("gap9"), cluster=chip)

    def simulate(plan):
        return SimulatedPlan(plan, point, work, simulated_timeline(plan, chip, work, point))

    best = plan_cluster(graph, target, simulate)
    plan, hop = best.plan, best.timeline
    least = bound(graph, chip, point, next(store for store in chip.far if store.name == plan.far_store))
    assert plan.transfers and bool(plan.fetches) == (l2_bytes == 5_848)
    assert least.cycles <= hop.cycles
    assert sum(span.end - span.begin for span in hop.copies) * 8 >= hop.bytes["l2"]


def test_more_overhead_is_never_faster():
    plan, work = ring(np.random.default_rng(1), 6)
    before = cluster()
    for overhead in (Overhead(5, 0, 0), Overhead(5, 40, 0), Overhead(5, 40, 20)):
        after = replace(before, overhead=overhead)
        assert simulated_timeline(plan, after, work).cycles >= simulated_timeline(plan, before, work).cycles
        before = after
