"""The search for a plan: cuts into tiles of many sizes, and choices of those that stay in L1."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.graph.task import Parallel
from ossicle.lowering import Lowered
from ossicle.schedule.cluster import ClusterPlan, Kept, Step
from ossicle.schedule.homes import find_homes
from ossicle.schedule.plan import TANH_TABLE_BYTES, Plan, lay_out
from ossicle.schedule.ring import offsets
from ossicle.schedule.stream import commands_of, transfers_of, with_pauses
from ossicle.schedule.tiles import (
    Tile,
    cut,
    lower_shared,
    staged,
    work,
)
from ossicle.targets import Cluster, Target

ALIGNMENT = 8
LOCAL_BYTES, LOCAL_BYTES_OF_A_TILE = 512, 72
"""What a program keeps in L1 besides: the plan itself, and a backend's own variables; tests hold it."""
SLOTS = (2, 3, 4, 5, 6, 8, 12, 16, 24, 32)
"""Sizes of tiles that are tried: L1 divided by these."""
FINE = (0, *(1 << bits for bits in range(8, 17)))
"""Sizes of tiles that are tried where none of these fits; the first one stands for single units."""
KEPT = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Shares of the room for tiles that are tried for tiles that stay."""

Shared = Mapping[str, Lowered]
"""Nodes by name, as calls that workers share."""


class Costed(Protocol):
    """What a cost function makes of a plan; the fewest cycles are taken."""

    @property
    def cycles(self) -> float:
        """What the plan costs."""


CostedPlan = TypeVar("CostedPlan", bound=Costed)


def plan_cluster(graph: Graph, target: Target, cost: Callable[[ClusterPlan], CostedPlan]) -> CostedPlan:
    """The best plan as the cost function gave it back, that of the fewest cycles.

    Candidates are cuts into tiles of many sizes, with more or less of them pinned to L1. Raises
    :class:`OssicleError` where a model does not fit.
    """
    shared = lower_shared(graph, target.kernels)
    parallel_ends(graph)
    found = list(candidates(graph, target))
    if not found:
        raise OssicleError(_too_large(graph, target.need_cluster(), shared))
    return min(map(cost, found), key=lambda costed: costed.cycles)


def parallel_ends(graph: Graph) -> Parallel:
    """What surrounds the network; raises :class:`OssicleError` where workers cannot share that."""
    record = graph.task.record
    if record.parallel is None:
        raise OssicleError(
            f"{graph.name} is a {record.description}, which a cluster cannot run yet; take a Cortex-M target"
        )
    return record.parallel(graph)


def without_reuse(graph: Graph, target: Target, found: ClusterPlan) -> ClusterPlan:
    """The same plan with buffers that all keep their values, for a look inside; it takes more L1."""
    shared = lower_shared(graph, target.kernels)
    return replace(found, layout=_layout(graph, shared, found.workers, found.tiles, reuse=False))


def candidates(graph: Graph, target: Target) -> Iterator[ClusterPlan]:
    """All plans that are tried."""
    cluster, shared = target.need_cluster(), lower_shared(graph, target.kernels)
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
    """Plans for tiles, with more or less of them kept in L1, of all nodes or of those of one operator."""
    layout = _layout(graph, shared, cluster.workers, tiles)
    room = cluster.l1.bytes - _around(graph, layout, tiles)
    room -= room % ALIGNMENT
    operators = {node.name: node.op for node in graph.nodes}
    groups = {operators[tile.node] for tile in tiles}
    chosen = set()
    for share_kept in KEPT:
        for group in (groups, *({op} for op in sorted(groups) if len(groups) > 1)):
            among = [index for index, tile in enumerate(tiles) if operators[tile.node] in group]
            kept = frozenset(_spread(among, tiles, share_kept * room))
            if sum(tile.bytes for tile in tiles) <= room:
                kept = frozenset(range(len(tiles)))
            if kept not in chosen:
                chosen.add(kept)
                if found := _arrange(graph, shared, cluster, tiles, layout, kept, room):
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
    largest = max([cluster.l2, *cluster.far], key=lambda store: store.bytes)
    if total > largest.bytes:
        return (
            f"{graph.name} has {total:,} bytes of weights, more than the {largest.bytes:,} of "
            f"{largest.name}; take a scheme with smaller weights (w8a16, w4a16) or a smaller network"
        )
    needed = min(
        _around(graph, _layout(graph, shared, cluster.workers, cut), cut) + max(tile.bytes for tile in cut)
        for cut in cuts
    )
    return (
        f"{graph.name} needs {needed:,} bytes of L1 at least, and there are {cluster.l1.bytes:,}; take a "
        "scheme with smaller weights (w8a16, w4a16) or a smaller network"
    )


def _around(graph: Graph, layout: Plan, tiles: Sequence[Tile]) -> int:
    """Bytes of L1 that are no room for tiles."""
    own = LOCAL_BYTES + LOCAL_BYTES_OF_A_TILE * len(tiles)
    return layout.state_bytes + table_bytes(graph) + own


def _layout(graph: Graph, shared: Shared, workers: int, tiles: Sequence[Tile], reuse: bool = True) -> Plan:
    widest: dict[str, int] = {}
    for tile in tiles:
        widest[tile.node] = max(widest.get(tile.node, 0), -(-tile.units // workers))
    layout = lay_out(graph, reuse, lambda node: work(shared[node.name], widest.get(node.name, 0), workers))
    if layout.kept:
        raise OssicleError(
            f"the state {layout.kept[0].input!r} of {graph.name} is read after its new value is written, "
            "which a cluster cannot do yet; take a Cortex-M target"
        )
    return layout


def _spread(among: Sequence[int], tiles: Sequence[Tile], most_bytes: float) -> list[int]:
    """Tiles of at most so many bytes, evenly among others, so that each one that stays gives others time."""
    total = sum(tiles[index].bytes for index in among)
    chosen, taken, passed = [], 0, 0
    for index in among:
        size = tiles[index].bytes
        passed += size
        if (taken + size) * total <= passed * most_bytes:
            chosen.append(index)
            taken += size
    return chosen


def _arrange(
    graph: Graph,
    shared: Shared,
    cluster: Cluster,
    tiles: tuple[Tile, ...],
    layout: Plan,
    kept: frozenset[int],
    room: int,
) -> ClusterPlan | None:
    """The plan that keeps some of the tiles, or None where one finds no place."""
    kept_bytes = sum(tiles[index].bytes for index in kept)
    moving = [index for index in range(len(tiles)) if index not in kept]
    begins = offsets([tiles[index].bytes for index in moving], room - kept_bytes)
    homes = find_homes(cluster, tiles, kept)
    if begins is None or homes is None:
        return None
    at, kept_tiles = 0, []
    for index in sorted(kept):
        kept_tiles.append(Kept(index, tiles[index].bytes, homes.offsets[index], at))
        at += tiles[index].bytes
    places = dict(zip(moving, (kept_bytes + begin for begin in begins), strict=True))
    places |= {item.tile: item.l1 for item in kept_tiles}
    steps = _steps(graph, shared, tiles, places, {index: number for number, index in enumerate(moving)})
    transfers, fetches = transfers_of(steps, tiles, places, homes)
    steps = with_pauses(steps, transfers)
    commands, preload = commands_of(steps, transfers, fetches)
    return ClusterPlan(
        layout,
        cluster.workers,
        tiles,
        tuple(kept_tiles),
        transfers,
        fetches,
        steps,
        commands,
        preload,
        homes.near,
        homes.far,
        homes.store,
        room,
        _around(graph, layout, tiles) - layout.state_bytes,
        homes.staging_bytes,
    )


def _steps(
    graph: Graph,
    shared: Shared,
    tiles: Sequence[Tile],
    places: Mapping[int, int],
    transfers: Mapping[int, int],
) -> tuple[Step, ...]:
    found = [Step("front_end", "", 0, parallel_ends(graph).units)]
    for node in graph.nodes:
        lowered = shared[node.name]
        if staged(lowered):
            found.append(Step(f"prepare_{node.name}", node.name, 0, lowered.body.units))
        if not lowered.products:
            found.append(Step(f"layer_{node.name}", node.name, 0, lowered.body.units))
        for index, tile in enumerate(tiles):
            if tile.node == node.name:
                layer, where = f"layer_{node.name}", (index, places[index], transfers.get(index))
                found.append(Step(layer, node.name, tile.first, tile.units, *where))
    return (*found, Step("back_end", "", 0, parallel_ends(graph).units))
