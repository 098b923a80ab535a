"""The plan search: candidates are tiles of many sizes, with more or less of them pinned to L1."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.graph.task import Parallel
from ossicle.lowering import Lowered
from ossicle.schedule.cluster import ClusterPlan, Phase, ResidentTile
from ossicle.schedule.placement import place_tiles
from ossicle.schedule.plan import TANH_TABLE_BYTES, Plan, lay_out
from ossicle.schedule.tiles import Tile, cut, lower_shared, scratch_buffers, staged
from ossicle.schedule.transfer_schedule import schedule_of, transfers_of, with_empty_phases
from ossicle.schedule.weight_ring import offsets
from ossicle.targets import Cluster, ClusterTarget

ALIGNMENT = 8
LOCAL_BYTES, LOCAL_BYTES_OF_A_TILE = 512, 72
"""What a program keeps in L1 besides: the plan itself, and a backend's own variables; tests hold it."""
SLOTS = (2, 3, 4, 5, 6, 8, 12, 16, 24, 32)
"""Sizes of tiles that are tried: L1 divided by these."""
FINE = (0, *(1 << bits for bits in range(8, 17)))
"""Sizes of tiles that are tried where none of these fits; the first one stands for single units."""
PINNED = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Fractions of the tile area that are tried for tiles that are pinned to L1."""

Shared = Mapping[str, Lowered]
"""Nodes by name, as calls that workers share."""


class Costed(Protocol):
    """What a cost function makes of a plan; the fewest cycles are taken."""

    @property
    def cycles(self) -> float:
        """What the plan costs."""


CostedPlan = TypeVar("CostedPlan", bound=Costed)


def plan_cluster(
    graph: Graph, target: ClusterTarget, cost: Callable[[ClusterPlan], CostedPlan]
) -> CostedPlan:
    """The best plan as the cost function gave it back, that of the fewest cycles.

    Candidates are cuts into tiles of many sizes, with more or less of them pinned to L1. Raises
    :class:`OssicleError` where a model does not fit.
    """
    shared = lower_shared(graph, target.kernels)
    parallel_ends(graph)
    found = list(candidates(graph, target))
    if not found:
        raise OssicleError(_too_large(graph, target.cluster, shared))
    return min(map(cost, found), key=lambda costed: costed.cycles)


def parallel_ends(graph: Graph) -> Parallel:
    """What surrounds the network; raises :class:`OssicleError` where workers cannot share that."""
    record = graph.task.record
    if record.parallel is None:
        raise OssicleError(
            f"{graph.name} is a {record.description}, which a cluster cannot run yet; take a Cortex-M target"
        )
    return record.parallel(graph)


def without_reuse(graph: Graph, target: ClusterTarget, found: ClusterPlan) -> ClusterPlan:
    """The same plan with buffers that all keep their values, for a look inside; it takes more L1."""
    shared = lower_shared(graph, target.kernels)
    return replace(found, layout=_layout(graph, shared, found.workers, found.tiles, reuse=False))


def candidates(graph: Graph, target: ClusterTarget) -> Iterator[ClusterPlan]:
    """All plans that are tried."""
    cluster, shared = target.cluster, lower_shared(graph, target.kernels)
    seen: set[tuple[Tile, ...]] = set()
    for sizes in ([cluster.l1.bytes // slots for slots in SLOTS], FINE):
        for most_bytes in sizes:
            tiles = _cut_all(shared, cluster, most_bytes)
            if tiles not in seen:
                found = list(_plans(graph, shared, cluster, tiles))
                seen |= {tiles} if found else set()
                yield from found
        if seen:
            return


def _cut_all(shared: Shared, cluster: Cluster, most_bytes: int) -> tuple[Tile, ...]:
    weighted = (lowered for lowered in shared.values() if lowered.products)
    return tuple(tile for lowered in weighted for tile in cut(lowered, cluster.workers, most_bytes))


def _plans(graph: Graph, shared: Shared, cluster: Cluster, tiles: tuple[Tile, ...]) -> Iterator[ClusterPlan]:
    """Plans for tiles, with more or less of them pinned to L1, of all nodes or of those of one operator."""
    layout = _layout(graph, shared, cluster.workers, tiles)
    capacity = cluster.l1.bytes - _bytes_besides_tiles(graph, layout, tiles)
    capacity -= capacity % ALIGNMENT
    operators = {node.name: node.op for node in graph.nodes}
    groups = {operators[tile.node] for tile in tiles}
    chosen = set()
    for fraction in PINNED:
        for group in (groups, *({op} for op in sorted(groups) if len(groups) > 1)):
            among = [index for index, tile in enumerate(tiles) if operators[tile.node] in group]
            pinned = frozenset(_spread(among, tiles, fraction * capacity))
            if sum(tile.bytes for tile in tiles) <= capacity:
                pinned = frozenset(range(len(tiles)))
            if pinned not in chosen:
                chosen.add(pinned)
                if found := _plan(graph, shared, cluster, tiles, layout, pinned, capacity):
                    yield found


def table_bytes(graph: Graph) -> int:
    """Bytes of the tables that are copied into L1: of the transform, of tanh, and operators' own."""
    own = sum(table.nbytes for node in graph.nodes for table in OPS[node.op].tables(node).values())
    return parallel_ends(graph).table_bytes + TANH_TABLE_BYTES + own


def _too_large(graph: Graph, cluster: Cluster, shared: Shared) -> str:
    """Why there is no plan, and the way out."""
    cuts = [_cut_all(shared, cluster, most_bytes) for most_bytes in FINE]
    tiles = cuts[0]
    total = sum(tile.bytes for tile in tiles)
    largest = max([cluster.l2, *cluster.l3], key=lambda store: store.bytes)
    if total > largest.bytes:
        return (
            f"{graph.name} has {total:,} bytes of weights, more than the {largest.bytes:,} of "
            f"{largest.name}; take a scheme with smaller weights (w8a16, w4a16) or a smaller network"
        )
    needed = min(
        _bytes_besides_tiles(graph, _layout(graph, shared, cluster.workers, cut), cut)
        + max(tile.bytes for tile in cut)
        for cut in cuts
    )
    return (
        f"{graph.name} needs {needed:,} bytes of L1 at least, and there are {cluster.l1.bytes:,}; take a "
        "scheme with smaller weights (w8a16, w4a16) or a smaller network"
    )


def _bytes_besides_tiles(graph: Graph, layout: Plan, tiles: Sequence[Tile]) -> int:
    """Bytes of L1 outside of the tile area."""
    own = LOCAL_BYTES + LOCAL_BYTES_OF_A_TILE * len(tiles)
    return layout.state_bytes + table_bytes(graph) + own


def _layout(graph: Graph, shared: Shared, workers: int, tiles: Sequence[Tile], reuse: bool = True) -> Plan:
    widest: dict[str, int] = {}
    for tile in tiles:
        widest[tile.node] = max(widest.get(tile.node, 0), -(-tile.units // workers))
    layout = lay_out(
        graph,
        reuse,
        lambda node: scratch_buffers(shared[node.name], widest.get(node.name, 0), workers),
    )
    if layout.copied_states:
        raise OssicleError(
            f"the state {layout.copied_states[0].input!r} of {graph.name} is read after its new value is "
            "written, which a cluster cannot do yet; take a Cortex-M target"
        )
    return layout


def _spread(among: Sequence[int], tiles: Sequence[Tile], most_bytes: float) -> list[int]:
    """Tiles of at most so many bytes, evenly among others, so that each pinned one gives others time."""
    total = sum(tiles[index].bytes for index in among)
    chosen, taken, passed = [], 0, 0
    for index in among:
        size = tiles[index].bytes
        passed += size
        if (taken + size) * total <= passed * most_bytes:
            chosen.append(index)
            taken += size
    return chosen


def _plan(
    graph: Graph,
    shared: Shared,
    cluster: Cluster,
    tiles: tuple[Tile, ...],
    layout: Plan,
    pinned: frozenset[int],
    capacity: int,
) -> ClusterPlan | None:
    """The plan with some of the tiles pinned to L1, or None where one finds no place."""
    pinned_bytes = sum(tiles[index].bytes for index in pinned)
    moving = [index for index in range(len(tiles)) if index not in pinned]
    begins = offsets([tiles[index].bytes for index in moving], capacity - pinned_bytes)
    placement = place_tiles(cluster, tiles, pinned)
    if begins is None or placement is None:
        return None
    at, resident = 0, []
    for index in sorted(pinned):
        resident.append(ResidentTile(index, tiles[index].bytes, placement.offsets[index], at))
        at += tiles[index].bytes
    places = dict(zip(moving, (pinned_bytes + begin for begin in begins), strict=True))
    places |= {item.tile: item.l1 for item in resident}
    phases = _phases(graph, shared, tiles, places, {index: number for number, index in enumerate(moving)})
    from_l2, from_l3 = transfers_of(phases, tiles, places, placement)
    phases = with_empty_phases(phases, from_l2)
    schedule, prologue = schedule_of(phases, from_l2, from_l3)
    return ClusterPlan(
        layout,
        cluster.workers,
        tiles,
        tuple(resident),
        from_l2,
        from_l3,
        phases,
        schedule,
        prologue,
        placement.in_l2,
        placement.in_l3,
        placement.l3,
        capacity,
        _bytes_besides_tiles(graph, layout, tiles) - layout.state_bytes,
        placement.staging_bytes,
    )


def _phases(
    graph: Graph,
    shared: Shared,
    tiles: Sequence[Tile],
    places: Mapping[int, int],
    transfers: Mapping[int, int],
) -> tuple[Phase, ...]:
    found = [Phase("front_end", "", 0, parallel_ends(graph).units)]
    for node in graph.nodes:
        lowered = shared[node.name]
        if staged(lowered):
            found.append(Phase(f"stage_{node.name}", node.name, 0, lowered.body.units))
        if not lowered.products:
            found.append(Phase(f"layer_{node.name}", node.name, 0, lowered.body.units))
        for index, tile in enumerate(tiles):
            if tile.node == node.name:
                layer, where = f"layer_{node.name}", (index, places[index], transfers.get(index))
                found.append(Phase(layer, node.name, tile.first, tile.units, *where))
    return (*found, Phase("back_end", "", 0, parallel_ends(graph).units))
