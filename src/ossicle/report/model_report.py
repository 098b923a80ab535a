"""A report of a model: what each scheme costs and keeps on each target, and which one to choose."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ossicle.measure.quantization_error import NodeError
from ossicle.report.frame_cost import FrameCost

GOOD_DB = 20.0
"""A scheme is good whose output error has less than a hundredth of the energy of the output."""
NEARLY_AS_FAST = 1.25
"""Times that of the fastest good scheme: quality is worth that much."""
RULE = (
    "Of the schemes that fit the target and keep up with the sound, those are good whose output is within "
    f"{GOOD_DB:.0f} dB of the float network's. Recommended is the one nearest to the float network among "
    f"good ones that take at most {NEARLY_AS_FAST:g} times as long as the fastest of them, or as many bytes "
    "where times are unknown. If none is good, it is the one nearest to the float network."
)


@dataclass(frozen=True)
class Quality:
    """What a scheme keeps of the float network's output."""

    sqnr_db: float
    """Of the output against that of the float network; infinite without any error."""
    pesq_wb: float | None = None
    """Mean over the pairs of recordings; None where none were given."""
    stoi: float | None = None
    si_sdr_db: float | None = None


@dataclass(frozen=True)
class Choice:
    """A scheme on a target."""

    target: str
    scheme: str
    quality: Quality
    cost: FrameCost | None
    """None where the target refuses the model."""
    frame_ms: float | None
    """Milliseconds of sound in a frame; None where nobody knows."""
    refusal: str = ""
    """Why it does, in a sentence."""

    @property
    def in_time(self) -> bool:
        """Whether nothing says that a frame takes longer than it lasts."""
        known = self.cost and self.cost.ms is not None and self.frame_ms is not None
        return not known or self.load <= 1

    @property
    def load(self) -> float:
        """Share of the time of a frame that is computed; NaN where it is not known."""
        if self.cost is None or self.cost.ms is None or self.frame_ms is None:
            return math.nan
        return self.cost.ms / self.frame_ms

    @property
    def price(self) -> float:
        """Milliseconds of a frame, or bytes where these are unknown."""
        assert self.cost
        return float(self.cost.bytes) if self.cost.ms is None else self.cost.ms

    def losses(self) -> tuple[float, ...]:
        """What should be small: error, time, bytes, energy; what is not known counts as 0 for all."""
        assert self.cost
        energy = sum(self.cost.microjoules or (0.0,))
        return (-self.quality.sqnr_db, self.cost.ms or 0.0, float(self.cost.bytes), energy)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "target": self.target,
            "scheme": self.scheme,
            "quality": asdict(self.quality),
            "cost": self.cost.as_dict() if self.cost else None,
            "refusal": self.refusal,
            "load": self.load,
        }


@dataclass(frozen=True)
class Recording:
    """Sound to listen to, at ``rate``."""

    title: str
    samples: np.ndarray = field(repr=False)
    """Float, of shape ``(n,)``."""
    rate: int


@dataclass(frozen=True, kw_only=True)
class ModelReport:
    """What is known of a model in several schemes on several targets."""

    model: str
    description: str
    """What it is, such as "noise suppressor"."""
    parameters: int
    macs_per_frame: int
    frame_ms: float | None
    measured_on: str
    """What the quality was measured on."""
    choices: tuple[Choice, ...]
    """Target by target."""
    sensitivity_scheme: str
    sensitivity: tuple[NodeError, ...]
    """Each node alone in that scheme."""
    recordings: tuple[Recording, ...] = field(repr=False)
    provenance: Mapping[str, Any]
    sha256: str
    """Of the model's file."""
    version: str
    """Of Ossicle."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Their names, in the order in which they were asked for."""
        return tuple(dict.fromkeys(choice.target for choice in self.choices))

    def on(self, target: str) -> list[Choice]:
        """The choices on a target."""
        return [choice for choice in self.choices if choice.target == target]

    def front(self, target: str) -> list[Choice]:
        """The Pareto front: those to which no other one is better in one thing and as good in all."""
        able = [choice for choice in self.on(target) if choice.cost]
        return [choice for choice in able if not any(_better(other, choice) for other in able)]

    def recommended(self, target: str) -> Choice | None:
        """The one that :data:`RULE` finds; None where no scheme fits and keeps up."""
        return recommend(self.on(target))

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; without sound."""
        chosen = {target: self.recommended(target) for target in self.targets}
        return {
            "model": self.model,
            "sha256": self.sha256,
            "version": self.version,
            "parameters": self.parameters,
            "macs_per_frame": self.macs_per_frame,
            "frame_ms": self.frame_ms,
            "measured_on": self.measured_on,
            "recommended": {target: choice.scheme if choice else None for target, choice in chosen.items()},
            "front": {target: [choice.scheme for choice in self.front(target)] for target in self.targets},
            "choices": [choice.as_dict() for choice in self.choices],
            "sensitivity": {
                "scheme": self.sensitivity_scheme,
                "nodes": [asdict(node) for node in self.sensitivity],
            },
            "provenance": dict(self.provenance),
        }


def recommend(choices: Sequence[Choice]) -> Choice | None:
    """The choice that :data:`RULE` finds among those of one target."""
    able = [choice for choice in choices if choice.cost and choice.in_time]
    good = [choice for choice in able if choice.quality.sqnr_db >= GOOD_DB]
    least = min((choice.price for choice in good), default=0.0)
    cheap = [choice for choice in good if choice.price <= NEARLY_AS_FAST * least]
    return max(cheap or able, key=lambda choice: choice.quality.sqnr_db, default=None)


def _better(one: Choice, other: Choice) -> bool:
    losses = list(zip(one.losses(), other.losses(), strict=True))
    return all(a <= b for a, b in losses) and any(a < b for a, b in losses)
