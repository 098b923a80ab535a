"""What a frame of a model takes on a target, by whatever its platform knows of it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from ossicle.report.gantt import Lane


@dataclass(frozen=True, kw_only=True)
class FrameCost:
    """Time, energy and memory of a model on a target."""

    bytes: int
    """Of its weights and its state."""
    ms: float | None = None
    """Time of a frame; None where nobody knows."""
    microjoules: tuple[float, float] | None = None
    """Energy of a frame, the least and the most; None where nobody knows."""
    basis: str
    """What these figures rest on, in a sentence."""
    lanes: tuple[Lane, ...] = field(default=(), repr=False)
    """What each core and engine does, where a frame was planned; in cycles of ``hertz``."""
    hertz: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; without the lanes."""
        return {key: value for key, value in asdict(self).items() if key not in ("lanes", "hertz")}
