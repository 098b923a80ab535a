"""The kinds of features in C: what each keeps from frame to frame, and what its kernels do.

:mod:`ossicle.audio.features` defines them. ``templates/features.j2`` has two macros for each kind, by
its name: one for a core that is alone, and one, ``..._shared``, for the workers of a cluster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.audio.features import COMPRESSED, MAGNITUDE, level_rates
from ossicle.audio.stft import StftConfig
from ossicle.emit.c_text import array_text
from ossicle.graph.task import EndCall, TaskBuffer


@dataclass(frozen=True)
class FeaturesInC:
    """One kind of features."""

    calls: Callable[[StftConfig], tuple[EndCall, ...]]
    """What makes them of a spectrum."""
    fields: tuple[TaskBuffer, ...] = ()
    """What is kept from frame to frame."""
    values: Callable[[StftConfig], Mapping[str, str]] = lambda config: {}
    """What the macros need besides."""


def _rates(config: StftConfig) -> dict[str, str]:
    attack, release = (array_text(np.array([rate], np.float32)) for rate in level_rates(config))
    return {"attack": attack, "release": release}


KINDS = {
    MAGNITUDE: FeaturesInC(lambda config: (EndCall("magnitude", config.bins),)),
    COMPRESSED: FeaturesInC(
        lambda config: (
            EndCall("follow_level", config.hop, shared=False),
            EndCall("compress", config.bins),
        ),
        (TaskBuffer("level", "float", 1),),
        _rates,
    ),
}
"""By the name of the kind."""
