"""The plan of one frame on a cluster: where weights live, and who copies and computes what when.

Tiles (:mod:`ossicle.schedule.tiles`) pass through a weight ring buffer in L1 in the order in which they are
needed, frame after frame, so that the DMA engine runs ahead of the workers across layers and across frames.
Some tiles are L1-resident; those that L2 has no capacity for come from L3.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from ossicle.schedule.plan import Plan
from ossicle.schedule.tiles import Tile


class Kind(StrEnum):
    """What the cluster controller does; the number that goes with it is that of a phase or a transfer."""

    L3_ISSUE = "l3_issue"
    """Start copying a tile from L3 into L2."""
    L3_WAIT = "l3_wait"
    """Wait for that."""
    DMA_ISSUE = "dma_issue"
    """Start copying a tile from L2 into L1."""
    DMA_WAIT = "dma_wait"
    """Wait for that."""
    PHASE_BEGIN = "phase_begin"
    """Let the workers begin a phase, when all of them have ended the one before it."""
    LAST_PHASE_END = "last_phase_end"
    """Wait until all workers have ended the last phase; its number counts nothing."""


@dataclass(frozen=True)
class Command:
    """One entry of the transfer schedule."""

    kind: Kind
    index: int


@dataclass(frozen=True)
class Phase:
    """What the workers do between two barriers of all cores, each its own worker range.

    ``count`` units or elements from ``first`` on, of the function ``layer``. ``l1`` is where in the tile area
    its weights lie; ``dma_transfer`` says what brings them, and is None for those that are L1-resident and
    where there are none.
    """

    layer: str
    node: str
    first: int
    count: int
    tile: int | None = None
    l1: int = 0
    dma_transfer: int | None = None


@dataclass(frozen=True)
class DmaTransfer:
    """A tile on its way to L1: ``source`` is an offset in the weights in L2, or in the staging buffer.

    ``l3_transfer`` is the one that brings it to the staging buffer; None for a tile that lives in L2.
    """

    tile: int
    bytes: int
    source: int
    l1: int
    id: int
    l3_transfer: int | None = None


@dataclass(frozen=True)
class L3Transfer:
    """A tile on its way from L3, at offset ``source`` there, to the staging buffer."""

    tile: int
    bytes: int
    source: int
    staging: int
    id: int


@dataclass(frozen=True)
class ResidentTile:
    """A tile that a reset copies into L1, where it stays, from offset ``source`` in L2 or L3."""

    tile: int
    bytes: int
    source: int
    l1: int


@dataclass(frozen=True)
class ClusterPlan:
    """Memory plan, transfers and transfer schedule of a frame, which are the same in every frame."""

    layout: Plan
    """Fields and scratch in L1; the tile area follows them."""
    workers: int
    tiles: tuple[Tile, ...]
    l1_resident: tuple[ResidentTile, ...]
    dma_transfers: tuple[DmaTransfer, ...]
    l3_transfers: tuple[L3Transfer, ...]
    phases: tuple[Phase, ...]
    schedule: tuple[Command, ...]
    """The transfer schedule, which the cluster controller goes through in every frame."""
    prologue: tuple[Command, ...]
    """What a reset issues, so that the first frame finds what every other one does."""
    in_l2: tuple[int, ...]
    """Tiles that live in L2, in the order in which they lie there."""
    in_l3: tuple[int, ...]
    """Tiles that live in L3, likewise."""
    l3: str
    """Name of the memory that is L3, and holds all weights when the power is off; empty for none."""
    tile_area_bytes: int
    other_bytes: int
    """What else of L1 is set aside: tables that cores read all the time, and the program's own."""
    staging_bytes: int

    @property
    def memory(self) -> Mapping[str, int]:
        """Bytes of each memory that the model takes, without its code; of L3, all weights."""
        weights = sum(tile.bytes for tile in self.tiles)
        l2 = sum(self.tiles[index].bytes for index in self.in_l2) + self.staging_bytes
        used = {"l1": self.layout.state_bytes + self.tile_area_bytes + self.other_bytes, "l2": l2}
        return used | ({self.l3: weights} if self.l3 else {})

    @property
    def traffic(self) -> Mapping[str, int]:
        """Bytes per frame that leave each memory for the next inner one."""
        from_l2 = sum(transfer.bytes for transfer in self.dma_transfers)
        from_l3 = sum(transfer.bytes for transfer in self.l3_transfers)
        return {"l2": from_l2} | ({self.l3: from_l3} if self.l3 else {})

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        names = ("workers", "l3", "tile_area_bytes", "other_bytes", "staging_bytes")
        lists = ("tiles", "l1_resident", "dma_transfers", "l3_transfers", "phases", "schedule", "prologue")
        return (
            {name: getattr(self, name) for name in names}
            | {name: [asdict(item) for item in getattr(self, name)] for name in lists}
            | {"memory": dict(self.memory), "traffic": dict(self.traffic)}
        )
