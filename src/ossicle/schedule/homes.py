"""Which tiles live in L2 and which behind it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ossicle.schedule.tiles import Tile
from ossicle.targets import Cluster

STAGED = 4
"""Tiles from the memory behind L2 that may wait in L2."""


@dataclass(frozen=True)
class Homes:
    """Tiles in L2 and behind it, and where in either memory they begin."""

    near: tuple[int, ...]
    far: tuple[int, ...]
    offsets: Mapping[int, int]
    store: str
    """The memory behind L2, which holds all weights while the power is off; empty where there is none."""
    slot_bytes: int
    """Of each place in L2 where a tile from behind it may wait."""

    @property
    def staging_bytes(self) -> int:
        """Bytes of all these places."""
        return STAGED * self.slot_bytes


def find_homes(cluster: Cluster, tiles: Sequence[Tile], kept: Collection[int]) -> Homes | None:
    """Leave in L2 what it has room for; None where the tiles fit no memory behind it, or not into a lone L2.

    Tiles that stay in L1 leave L2 first, the others evenly, so that both ways to L1 are busy all the time.
    """
    total, room = sum(tile.bytes for tile in tiles), cluster.l2.bytes
    store = next((far.name for far in cluster.far if far.bytes >= total), "")
    if cluster.far and not store:
        return None
    if total <= room:
        return _homes(tiles, set(), store, 0)
    slot = max(tile.bytes for tile in tiles)
    moving = [index for index in range(len(tiles)) if index not in kept]
    left = sum(tiles[index].bytes for index in moving)
    excess, passed, taken, far = left - room + STAGED * slot, 0, 0, set(kept)
    for index in moving:
        passed += tiles[index].bytes
        if taken * left < passed * excess:
            far.add(index)
            taken += tiles[index].bytes
    return _homes(tiles, far, store, slot) if store and excess <= left else None


def _homes(tiles: Sequence[Tile], far: Collection[int], store: str, slot: int) -> Homes:
    near = tuple(index for index in range(len(tiles)) if index not in far)
    offsets: dict[int, int] = {}
    for group in (near, tuple(sorted(far))):
        at = 0
        for index in group:
            offsets[index] = at
            at += tiles[index].bytes
    return Homes(near, tuple(sorted(far)), offsets, store, slot)
