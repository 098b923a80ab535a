"""Plans for a cluster that are small enough to follow by hand, as far as the models of time read them."""

import math
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

from ossicle.targets import Cluster, Engine, Overhead, load_target

WORKERS = 2


def cluster(bytes_per_cycle: float = 8, latency: int = 10, overhead: Overhead | None = None) -> Cluster:
    """GAP9 with two workers, no overhead unless one is given, and nothing lost to bursts and banks."""
    return replace(
        load_target("gap9").cluster,
        workers=WORKERS,
        banks=math.inf,
        dma=Engine(bytes_per_cycle, latency, 0, 256, 0, 8, 2),
        overhead=overhead or Overhead(0, 0, 0),
    )


def handmade(
    layers: Sequence[tuple[str, int | None]],
    sizes: Sequence[int],
    schedule: str,
    prologue: str = "",
    l3_sizes: Sequence[int] = (),
    l3: str = "mram",
) -> SimpleNamespace:
    """A plan of phases ``(layer, tile)`` with a transfer of so many bytes for each tile.

    Commands are words like ``dma_issue:0``; the end of the last phase follows. L3 transfer ``n``
    brings what DMA transfer ``n`` copies on.
    """
    return SimpleNamespace(
        workers=WORKERS,
        phases=tuple(SimpleNamespace(layer=layer, tile=tile) for layer, tile in layers),
        dma_transfers=tuple(SimpleNamespace(tile=tile, bytes=size) for tile, size in enumerate(sizes)),
        l3_transfers=tuple(SimpleNamespace(tile=tile, bytes=size) for tile, size in enumerate(l3_sizes)),
        schedule=_commands(schedule + " last_phase_end:0"),
        prologue=_commands(prologue),
        l3=l3,
        traffic={"l2": sum(sizes), l3: sum(l3_sizes)},
        memory={l3: sum(sizes)},
    )


def _commands(words: str) -> tuple[SimpleNamespace, ...]:
    pairs = (word.split(":") for word in words.split())
    return tuple(SimpleNamespace(kind=kind, index=int(index)) for kind, index in pairs)


def double_buffered(size: int = 800) -> SimpleNamespace:
    """Two layers with a buffer each, which is copied again once the phase of the other begins."""
    return handmade(
        [("layer_one", 0), ("layer_two", 1)],
        [size, size],
        "dma_wait:0 phase_begin:0 dma_issue:1 dma_wait:1 phase_begin:1 dma_issue:0",
        "dma_issue:0",
    )
