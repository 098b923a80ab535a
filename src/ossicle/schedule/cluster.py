"""The plan of one streaming step on a cluster: where weights live, and who copies and computes what when.

Tiles (:mod:`ossicle.schedule.tiles`) pass through a ring in L1 in the order in which they are needed, hop
after hop, so that the engine that copies them runs ahead of the workers across layers and across hops. Some
tiles stay in L1; those that L2 has no room for come from the memory behind it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from ossicle.schedule.plan import Plan
from ossicle.schedule.tiles import Tile


class Kind(StrEnum):
    """What the controller does; the number that goes with it counts steps, transfers or fetches."""

    FETCH = "fetch"
    """Start copying a tile from the memory behind L2 into L2."""
    ARRIVE = "arrive"
    """Wait for that."""
    START = "start"
    """Start copying a tile from L2 into L1."""
    WAIT = "wait"
    """Wait for that."""
    FORK = "fork"
    """Let the workers begin a step, when all of them have ended the one before it."""
    JOIN = "join"
    """Wait until all workers have ended the last step; its number counts nothing."""


@dataclass(frozen=True)
class Command:
    """One thing that the controller does."""

    kind: Kind
    index: int


@dataclass(frozen=True)
class Step:
    """What the workers share between two meetings with the controller.

    ``count`` units or elements from ``first`` on, of the function ``layer``. ``l1`` is where in the room for
    tiles its weights lie; ``transfer`` says what brings them, and is None for those that stay and where there
    are none.
    """

    layer: str
    node: str
    first: int
    count: int
    tile: int | None = None
    l1: int = 0
    transfer: int | None = None


@dataclass(frozen=True)
class Transfer:
    """A tile on its way to L1: ``source`` is an offset in the weights in L2, or in the staging area.

    ``fetch`` is the one that brings it to the staging area.
    """

    tile: int
    bytes: int
    source: int
    l1: int
    ticket: int
    fetch: int | None = None


@dataclass(frozen=True)
class Fetch:
    """A tile on its way from the memory behind L2, at offset ``source`` there, to the staging area."""

    tile: int
    bytes: int
    source: int
    staging: int
    ticket: int


@dataclass(frozen=True)
class Kept:
    """A tile that is copied into L1 at a reset and stays, from offset ``source`` in L2 or behind it."""

    tile: int
    bytes: int
    source: int
    l1: int


@dataclass(frozen=True)
class ClusterPlan:
    """Layout, transfers and commands of a hop, which are the same in every hop."""

    layout: Plan
    """Fields and scratch in L1; the room for tiles follows them."""
    workers: int
    tiles: tuple[Tile, ...]
    kept: tuple[Kept, ...]
    """Tiles that a reset copies into L1, where they stay."""
    transfers: tuple[Transfer, ...]
    fetches: tuple[Fetch, ...]
    steps: tuple[Step, ...]
    commands: tuple[Command, ...]
    preload: tuple[Command, ...]
    """What a reset starts, so that the first hop finds what every other one does."""
    near: tuple[int, ...]
    """Tiles that live in L2, in the order in which they lie there."""
    far: tuple[int, ...]
    """Tiles that live behind L2."""
    far_store: str
    """Name of the memory that holds them, and all weights when the power is off; empty for none."""
    tile_area_bytes: int
    other_bytes: int
    """What else of L1 is set aside: tables that cores read all the time, and the program's own."""
    staging_bytes: int

    @property
    def memory(self) -> Mapping[str, int]:
        """Bytes of each memory that the model takes, without its code; of the far one, all weights."""
        weights = sum(tile.bytes for tile in self.tiles)
        l2 = sum(self.tiles[index].bytes for index in self.near) + self.staging_bytes
        used = {"l1": self.layout.state_bytes + self.tile_area_bytes + self.other_bytes, "l2": l2}
        return used | ({self.far_store: weights} if self.far_store else {})

    @property
    def traffic(self) -> Mapping[str, int]:
        """Bytes a hop that leave each memory for the next nearer one."""
        near = sum(transfer.bytes for transfer in self.transfers)
        fetched = sum(fetch.bytes for fetch in self.fetches)
        return {"l2": near} | ({self.far_store: fetched} if self.far_store else {})

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        names = ("workers", "far_store", "tile_area_bytes", "other_bytes", "staging_bytes")
        lists = ("tiles", "kept", "transfers", "fetches", "steps", "commands", "preload")
        return (
            {name: getattr(self, name) for name in names}
            | {name: [asdict(item) for item in getattr(self, name)] for name in lists}
            | {"memory": dict(self.memory), "traffic": dict(self.traffic)}
        )
