"""Targets with other sizes than their files say."""

from dataclasses import replace

from ossicle.errors import OssicleError
from ossicle.targets import ChipTarget, ClusterTarget

MOST_WORKERS = 8
"""As many as the clusters that ship have."""
AMPLE_CODE, AMPLE_STATE = 1 << 24, 1 << 22
"""Bytes; no chip has more."""


def with_cluster_sizes(
    target: ClusterTarget, workers: int | None = None, l1_bytes: int | None = None
) -> ClusterTarget:
    """The target, its cluster with fewer workers or another L1 where they are given.

    Raises :class:`OssicleError` where there are no 1 to 8 workers.
    """
    cluster = target.cluster
    if workers is not None:
        if not 1 <= workers <= MOST_WORKERS:
            raise OssicleError(f"a cluster has 1 to {MOST_WORKERS} workers, not {workers}")
        cluster = replace(cluster, workers=workers)
    if l1_bytes is not None:
        cluster = replace(cluster, l1=replace(cluster.l1, bytes=l1_bytes))
    return replace(target, cluster=cluster)


def with_ample_memory(target: ChipTarget) -> ChipTarget:
    """The chip with more memory than it has, for a program that is only traced or timed."""
    chip = target.chip
    memories = (
        replace(chip.memory("code"), bytes=AMPLE_CODE),
        replace(chip.memory("state"), bytes=AMPLE_STATE),
    )
    return replace(target, chip=replace(chip, memories=memories))
