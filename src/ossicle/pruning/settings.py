"""What is asked for when a network is pruned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.errors import OssicleError

MASKS: Mapping[str, tuple[int, int]] = {"weight": (1, 1), "vector": (1, 4), "block": (4, 2)}
"""Granularities that set weights to zero, and the rows and columns of the groups that go together."""
SHRINKING = ("filter", "channel", "unit")
"""Granularities that make the network smaller.

``filter`` and ``channel`` are outputs of dense layers and convolutions, rated by the weights that compute
them or by those that read them; ``unit`` is a hidden unit of a recurrent layer.
"""
GRANULARITIES = (*MASKS, *SHRINKING)
CRITERIA = ("random", "magnitude", "taylor", "obs")
ONE_SHOT, GRADUAL = "oneshot", "gradual"
SCHEDULES = (ONE_SHOT, GRADUAL)
"""When weights go: before a training, or in its course."""


@dataclass(frozen=True)
class Pruning:
    """How a network is pruned."""

    granularity: str
    sparsity: float
    """Fraction of each layer's groups of weights, or of its channels or units, that goes."""
    criterion: str = "magnitude"
    block: tuple[int, int] | None = None
    """Rows and columns of a group of the granularities ``vector`` and ``block``, in place of the usual."""
    layers: tuple[str, ...] = ()
    """Nodes that are pruned; all, where there are none."""
    seed: int = 0
    """Of the criterion ``random``."""

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("granularity", self.granularity, GRANULARITIES),
            ("criterion", self.criterion, CRITERIA),
        ):
            if value not in known:
                raise OssicleError(f"there is no {kind} {value!r}; choose one of {', '.join(known)}")
        if not 0 < self.sparsity < 1:
            raise OssicleError(f"a sparsity of {self.sparsity:g} is not between 0 and 1, as 0.7 is")
        if self.block and self.granularity not in ("vector", "block"):
            raise OssicleError(
                "a size, such as 4x2 rows and columns, belongs to the granularities vector and block"
            )
        if min(self.block or (1,)) < 1:
            raise OssicleError("a size needs at least one row and one column, as 4x2 has")
        if self.granularity == "vector" and self.group[0] != 1:
            raise OssicleError("a vector lies within one row, as 1x4 does; blocks have several")

    @property
    def group(self) -> tuple[int, int]:
        """Rows and columns of weights that become zero together."""
        return self.block or MASKS[self.granularity]

    @property
    def shrinks(self) -> bool:
        """Whether the network becomes smaller, in place of weights becoming zero."""
        return self.granularity in SHRINKING

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for provenance and JSON."""
        found: dict[str, Any] = {
            "granularity": self.granularity,
            "sparsity": self.sparsity,
            "criterion": self.criterion,
        }
        if not self.shrinks:
            found["group"] = list(self.group)
        if self.layers:
            found["layers"] = list(self.layers)
        return found | ({"seed": self.seed} if self.criterion == "random" else {})
