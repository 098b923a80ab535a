"""When weights go: at once, or more and more of them while the network is trained."""

from dataclasses import dataclass

from ossicle.errors import OssicleError
from ossicle.pruning import GRADUAL, ONE_SHOT, SCHEDULES, Pruning

RAMP = 0.5
"""Fraction of the steps in which weights go."""
TIMES = 50
"""How often some of them do."""


@dataclass(frozen=True)
class Schedule:
    """What is pruned, and over which steps of a training."""

    pruning: Pruning
    steps: int
    kind: str
    model: str
    """SHA-256 of the weights that are pruned."""

    def __post_init__(self) -> None:
        if self.kind not in SCHEDULES:
            raise OssicleError(f"there is no schedule {self.kind!r}; choose one of {', '.join(SCHEDULES)}")
        if self.kind == GRADUAL and (self.pruning.shrinks or self.pruning.criterion == "obs"):
            what = self.pruning.granularity if self.pruning.shrinks else self.pruning.criterion
            raise OssicleError(f"{what} is pruned at once only; leave the schedule out, or choose {ONE_SHOT}")

    @property
    def ramp(self) -> int:
        """Steps until all have gone that are to go."""
        return max(round(RAMP * self.steps), 1) if self.kind == GRADUAL else 0

    def sparsity(self, step: int) -> float | None:
        """The fraction that is to be zero after a step; None where nothing changes then.

        It rises as ``s (1 - (1 - t)^3)`` (arXiv 1710.01878): fast while much can go without harm.
        """
        if step > self.ramp or (step % max(self.ramp // TIMES, 1) and step != self.ramp):
            return None
        return float(self.pruning.sparsity * (1 - (1 - step / self.ramp) ** 3))
