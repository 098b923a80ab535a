from dataclasses import dataclass, replace
from itertools import product

import pytest
from networks import small_model
from tools import slow_but

from ossicle.emit.tables import table_bytes as emitted_table_bytes
from ossicle.errors import OssicleError
from ossicle.quantization import quantize
from ossicle.schedule.cluster import ClusterPlan, Kind
from ossicle.schedule.plan_search import candidates, plan_cluster, table_bytes
from ossicle.schedule.weight_ring import UNDER_WAY
from ossicle.targets import Store, load_target

GAP9 = load_target("gap9")
SCHEMES = ("int8", "w8a16", "w4a16", "w16a16", "mixed", "fp16", "fp32")


def quantized(cell: str, scheme: str):
    model = small_model(cell)
    return quantize(model.graph, scheme, model.calibration)


def with_memories(l1: int, l2: int = GAP9.cluster.l2.bytes, workers: int = 8, **more):
    of = GAP9.cluster
    l1_store, l2_store = replace(of.l1, bytes=l1), replace(of.l2, bytes=l2)
    return replace(GAP9, cluster=replace(of, workers=workers, l1=l1_store, l2=l2_store, **more))


@dataclass(frozen=True)
class Costed:
    """A plan with what a cost function says of it."""

    plan: ClusterPlan
    cycles: float


def plan_by(graph, target, cost) -> ClusterPlan:
    return plan_cluster(graph, target, lambda plan: Costed(plan, cost(plan))).plan


class Replay:
    """Follows the controller and knows no more: a copy ends at once, or not until it is waited for."""

    def __init__(self, plan: ClusterPlan) -> None:
        self.plan = plan
        self.l1 = {(item.l1, item.l1 + item.bytes): [item.tile, True, True] for item in plan.l1_resident}
        self.staging: dict[int, list] = {}
        self.running: int | None = None
        self.used: set[int] = set()
        self.under_way: list[int] = []
        self.follow(plan.prologue)

    def follow(self, schedule) -> None:
        for command in schedule:
            getattr(self, command.kind)(command.index)

    def l3_issue(self, index: int) -> None:
        transfer = self.plan.l3_transfers[index]
        waiting = self.staging.get(transfer.staging)
        assert waiting is None or waiting[2], "an L3 transfer overwrites a tile that was not copied on yet"
        self.staging[transfer.staging] = [transfer.tile, False, False]

    def l3_wait(self, index: int) -> None:
        self.staging[self.plan.l3_transfers[index].staging][1] = True

    def dma_issue(self, index: int) -> None:
        transfer = self.plan.dma_transfers[index]
        end = transfer.l1 + transfer.bytes
        for (begin, other_end), (tile, _, used) in list(self.l1.items()):
            if begin < end and transfer.l1 < other_end:
                assert tile not in {item.tile for item in self.plan.l1_resident}
                assert used and tile != self.running, "a copy overwrites a tile that is needed"
                del self.l1[begin, other_end]
        self.l1[transfer.l1, end] = [transfer.tile, False, False]
        if transfer.l3_transfer is not None:
            assert self.staging[transfer.source][:2] == [transfer.tile, True]
        assert transfer.id not in self.under_way
        self.under_way.append(transfer.id)
        assert len(self.under_way) <= UNDER_WAY

    def dma_wait(self, index: int) -> None:
        transfer = self.plan.dma_transfers[index]
        held = self.l1[transfer.l1, transfer.l1 + transfer.bytes]
        assert held[0] == transfer.tile, "a copy is waited for before it was issued"
        held[1] = True
        # Copies end in the order in which they were issued.
        del self.under_way[: self.under_way.index(transfer.id) + 1]
        if transfer.l3_transfer is not None:
            self.staging[transfer.source][2] = True

    def phase_begin(self, index: int) -> None:
        phase = self.plan.phases[index]
        self.running = phase.tile
        if phase.tile is None:
            return
        held = self.l1[phase.l1, phase.l1 + self.plan.tiles[phase.tile].bytes]
        assert held[0] == phase.tile and held[1], "the workers begin before their weights are there"
        held[2] = True
        self.used.add(phase.tile)

    def last_phase_end(self, index: int) -> None:
        self.running = None


def check(plan: ClusterPlan) -> None:
    replay = Replay(plan)
    for _ in range(3):
        replay.used.clear()
        replay.follow(plan.schedule)
        assert replay.used == set(range(len(plan.tiles)))
    begins = [command.index for command in plan.schedule if command.kind == Kind.PHASE_BEGIN]
    assert begins == list(range(len(plan.phases)))


@pytest.mark.parametrize(
    ("cell", "scheme"),
    slow_but(
        {
            ("gru", "fp32"),
            ("gru", "int8"),
            ("gru", "w4a16"),
            ("lstm", "mixed"),
            ("lstm", "fp16"),
            ("lstm", "w8a16"),
        },
        product(("gru", "lstm"), SCHEMES),
    ),
)
def test_every_phase_of_every_plan_finds_its_weights(cell, scheme):
    graph = quantized(cell, scheme)
    count = 0
    for l1 in (120_000, 12_000, 9_000, 7_000):
        for workers in (1, 3, 8):
            for plan in candidates(graph, with_memories(l1, workers=workers)):
                check(plan)
                assert plan.memory["l1"] <= l1
                count += 1
    assert count > 20


@pytest.mark.parametrize("scheme", ["int8", "fp16"])
def test_weights_that_l2_has_no_capacity_for_come_from_l3(scheme):
    graph = quantized("lstm", scheme)
    total = sum(tile.bytes for tile in plan_by(graph, GAP9, lambda plan: 0).tiles)
    from_l3 = 0
    for fraction in (0.3, 0.6, 0.9):
        target = with_memories(12_000, int(fraction * total))
        for plan in candidates(graph, target):
            check(plan)
            assert plan.memory["l2"] <= target.cluster.l2.bytes and plan.l3 == "mram"
            from_l3 += len(plan.l3_transfers) > 0
    assert from_l3


def test_the_smallest_l1_is_named():
    graph = quantized("lstm", "int8")
    with pytest.raises(
        OssicleError, match=r"needs ([\d,]+) bytes of L1 at least, and there are 1,000"
    ) as caught:
        plan_by(graph, with_memories(1000), lambda plan: 0)
    smallest = int(str(caught.value).split()[2].replace(",", ""))
    check(plan_by(graph, with_memories(smallest + 8), lambda plan: 0))
    with pytest.raises(OssicleError, match="at least"):
        plan_by(graph, with_memories(smallest - 16), lambda plan: 0)


def test_a_model_that_no_memory_holds_is_refused():
    graph = quantized("lstm", "int8")
    small = Store("mram", 1000, 1.0, 1e8, 0.0)
    with pytest.raises(OssicleError, match="bytes of weights, more than the"):
        plan_by(graph, with_memories(120_000, 10_848, l3=(small,)), len)


def test_spotters_and_convolutions_are_refused():
    with pytest.raises(OssicleError, match="which a cluster cannot run yet"):
        plan_by(quantized("conv", "int8"), GAP9, len)


def test_tables_take_what_the_emitter_writes():
    graph = quantized("gru", "int8")
    assert table_bytes(graph) == emitted_table_bytes(graph)


def test_the_cost_function_decides():
    graph = quantized("gru", "int8")
    target = with_memories(9_000)
    fewest = plan_by(graph, target, lambda plan: len(plan.phases))
    most = plan_by(graph, target, lambda plan: -len(plan.phases))
    assert len(fewest.phases) < len(most.phases)
