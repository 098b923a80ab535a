"""Which tiles live in L2 and which in L3."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ossicle.schedule.tiles import Tile
from ossicle.targets import Cluster

STAGING_SLOTS = 4
"""Tiles from L3 that may wait in L2."""


@dataclass(frozen=True)
class Placement:
    """Tiles in L2 and in L3, and where in either memory they begin."""

    in_l2: tuple[int, ...]
    in_l3: tuple[int, ...]
    offsets: Mapping[int, int]
    l3: str
    """Name of the memory that is L3, and holds all weights while the power is off; empty for none."""
    slot_bytes: int
    """Of each slot of the staging buffer in L2, where a tile from L3 may wait."""

    @property
    def staging_bytes(self) -> int:
        """Bytes of the staging buffer."""
        return STAGING_SLOTS * self.slot_bytes


def place_tiles(cluster: Cluster, tiles: Sequence[Tile], pinned: Collection[int]) -> Placement | None:
    """Leave in L2 what it has capacity for; None where no L3 holds the tiles, or an L2 without L3 does not.

    Tiles that are pinned to L1 leave L2 first, the others evenly, so that both ways to L1 are busy all the
    time.
    """
    total, capacity = sum(tile.bytes for tile in tiles), cluster.l2.bytes
    l3 = next((store.name for store in cluster.l3 if store.bytes >= total), "")
    if cluster.l3 and not l3:
        return None
    if total <= capacity:
        return _placement(tiles, set(), l3, 0)
    slot = max(tile.bytes for tile in tiles)
    moving = [index for index in range(len(tiles)) if index not in pinned]
    left = sum(tiles[index].bytes for index in moving)
    excess, passed, taken, in_l3 = left - capacity + STAGING_SLOTS * slot, 0, 0, set(pinned)
    for index in moving:
        passed += tiles[index].bytes
        if taken * left < passed * excess:
            in_l3.add(index)
            taken += tiles[index].bytes
    return _placement(tiles, in_l3, l3, slot) if l3 and excess <= left else None


def _placement(tiles: Sequence[Tile], in_l3: Collection[int], l3: str, slot: int) -> Placement:
    in_l2 = tuple(index for index in range(len(tiles)) if index not in in_l3)
    offsets: dict[int, int] = {}
    for group in (in_l2, tuple(sorted(in_l3))):
        at = 0
        for index in group:
            offsets[index] = at
            at += tiles[index].bytes
    return Placement(in_l2, tuple(sorted(in_l3)), offsets, l3, slot)
