"""What the cores of a cluster and its DMA engine take from each other: banks of L1, and floating-point units.

**Banks.** A worker asks for a bank in :data:`ACCESSES` of its cycles, each of the engine's ports in all
cycles of the engine's transfers. An access waits for a cycle with half the number of accesses that the others
have for its bank in a cycle. So where ``w`` workers work, a request of the engine is denied with ``p``, and::

    p = ACCESSES w / (2 banks)
    cycles of a beat = 1 + burst_cycles / beats of a burst + HELD_UP p

since a port that was denied holds up the others as well. HELD_UP was fitted to the RTL testbench.

**Floating point.** Where n workers share a unit, and operations are a fraction ``f`` of a worker's
cycles, one waits with f / 2 for each of the others; and n workers never take less than the operations of all
of them, nor all W workers less than the only divider takes for all their divisions and roots.
"""

from ossicle.kernels.cycles import Work
from ossicle.targets import Cluster

ACCESSES = 0.5
"""Of L1, by a worker in a cycle: five of nine in the loop of int8 products, less elsewhere."""
HELD_UP = 1.5


def together(work: Work, cluster: Cluster, workers: int, copying: float) -> float:
    """Cycles of each of ``workers`` that do such work at once; the engine copies in a fraction of them."""
    engine = copying * cluster.dma.bytes_per_cycle / 4
    banks = ACCESSES * (ACCESSES * (workers - 1) + engine) / (2 * cluster.banks)
    sharing = max(1.0, workers / cluster.fpu.units)
    waiting = work.operations * work.operations / work.cycles * (sharing - 1) / 2 if work.cycles else 0.0
    return max(
        (1 + banks) * work.cycles + waiting,
        sharing * work.operations,
        workers * work.divisions * cluster.fpu.divide_cycles,
    )


def copying_rate(cluster: Cluster, working: float) -> float:
    """Bytes a cycle of the engine while so many workers work."""
    dma = cluster.dma
    denied = ACCESSES * working / (2 * cluster.banks)
    return dma.bytes_per_cycle / (dma.bytes_per_cycle / dma.rate + HELD_UP * denied)
