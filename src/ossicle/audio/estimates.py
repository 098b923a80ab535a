"""The one definition of what a suppressor makes of its network's output: the estimate of the clean spectrum.

``X`` is the spectrum of the frame that was heard, ``y`` the output.

``mask``: ``X * max(y, floor)``, a factor for each bin. A floor above 0 leaves that much of the noise, which
sounds more natural than holes.

``complex_mask``: ``X * y`` with complex ``y``.

``spectrum``: ``y * |y|**(1/power - 1)``: the estimate itself, whose magnitudes the network gave to a power.

``samples``: the transform of ``y``, samples of the frame. The C leaves out the transform and its inverse.

Complex numbers are ``interleaved`` or ``planar``, as in :mod:`ossicle.audio.features`. The emitted C and the
functions below follow this text; tests hold them together.
"""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from ossicle.audio.parts import INTERLEAVED, check_layout, check_power, join_parts, raised
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError


class Estimate(ABC):
    """What a network's output is; each kind is a frozen dataclass of its settings."""

    kind: ClassVar[str]
    masks: ClassVar[bool] = False
    """Whether it is a factor of the spectrum that was heard."""

    def size(self, config: StftConfig) -> int:
        """Values of a frame."""
        return config.bins

    @abstractmethod
    def spectrum(self, output: np.ndarray, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """The clean spectrum, from outputs ``(..., size)`` and the spectrum heard ``(..., bins)``."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True)
class Mask(Estimate):
    """A real factor for each bin, of at least ``floor``."""

    floor: float = 0.0
    kind: ClassVar[str] = "mask"
    masks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.floor <= 1:
            raise OssicleError(f"the floor of a mask must be from 0 to 1, not {self.floor}")

    def spectrum(self, output: np.ndarray, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """``X * max(y, floor)``, or ``X * y`` without a floor."""
        found: np.ndarray = heard * (np.maximum(output, np.float32(self.floor)) if self.floor else output)
        return found


@dataclass(frozen=True)
class ComplexMask(Estimate):
    """A complex factor for each bin."""

    layout: str = INTERLEAVED
    kind: ClassVar[str] = "complex_mask"
    masks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_layout(self.layout)

    def size(self, config: StftConfig) -> int:
        """Two values a bin."""
        return 2 * config.bins

    def spectrum(self, output: np.ndarray, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """``X * y``."""
        found: np.ndarray = heard * join_parts(output, self.layout)
        return found


@dataclass(frozen=True)
class Spectrum(Estimate):
    """The spectrum itself, of magnitudes to a power."""

    layout: str = INTERLEAVED
    power: float = 1.0
    kind: ClassVar[str] = "spectrum"

    def __post_init__(self) -> None:
        check_layout(self.layout)
        check_power(self.power)

    def size(self, config: StftConfig) -> int:
        """Two values a bin."""
        return 2 * config.bins

    def spectrum(self, output: np.ndarray, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """``y * |y|**(1/power - 1)``."""
        return raised(join_parts(output, self.layout), 1 / self.power)


@dataclass(frozen=True)
class FrameSamples(Estimate):
    """Samples of the frame, which are weighted by the synthesis window and added up."""

    kind: ClassVar[str] = "samples"

    def size(self, config: StftConfig) -> int:
        """Samples of the window."""
        return config.window

    def spectrum(self, output: np.ndarray, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """Their transform."""
        return np.fft.rfft(output, config.n_fft).astype(np.complex64)


ESTIMATES: dict[str, type[Estimate]] = {
    kind.kind: kind for kind in (Mask, ComplexMask, Spectrum, FrameSamples)
}
"""By the name of the kind."""
