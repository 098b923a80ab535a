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
    commands: str,
    preload: str = "",
    fetches: Sequence[int] = (),
    far_store: str = "mram",
) -> SimpleNamespace:
    """A plan of steps ``(layer, tile)`` with a transfer of so many bytes for each tile.

    Commands are words like ``start:0``; a join follows the last one. Fetch ``n`` brings what transfer ``n``
    copies on.
    """
    return SimpleNamespace(
        workers=WORKERS,
        steps=tuple(SimpleNamespace(layer=layer, tile=tile) for layer, tile in layers),
        transfers=tuple(SimpleNamespace(tile=tile, bytes=size) for tile, size in enumerate(sizes)),
        fetches=tuple(SimpleNamespace(tile=tile, bytes=size) for tile, size in enumerate(fetches)),
        commands=_commands(commands + " join:0"),
        preload=_commands(preload),
        far_store=far_store,
        traffic={"l2": sum(sizes), far_store: sum(fetches)},
        memory={far_store: sum(sizes)},
    )


def _commands(words: str) -> tuple[SimpleNamespace, ...]:
    pairs = (word.split(":") for word in words.split())
    return tuple(SimpleNamespace(kind=kind, index=int(index)) for kind, index in pairs)


def double_buffered(size: int = 800) -> SimpleNamespace:
    """Two layers with a buffer each, which is copied again once the step of the other begins."""
    return handmade(
        [("layer_one", 0), ("layer_two", 1)],
        [size, size],
        "wait:0 fork:0 start:1 wait:1 fork:1 start:0",
        "start:0",
    )
