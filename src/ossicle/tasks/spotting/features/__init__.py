"""What a spotter's network hears of sound: patches of feature frames, by their kind.

A kind is a module that registers a :class:`FeatureKind`, and ``templates/features/NAME.j2`` with its C. The
settings of a patch say which kind it is of, by their type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.task import TaskBuffer


class Patch(Protocol):
    """Settings of a patch: those of its feature frames, and how many it has."""

    @property
    def sample_rate(self) -> int:
        """Samples a second."""

    @property
    def hop(self) -> int:
        """Samples from one feature frame to the next."""

    @property
    def inputs(self) -> int:
        """Values of a patch."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""


@dataclass(frozen=True)
class FeatureKind:
    """A kind of patches, as functions of their settings and of by how many feature frames a patch moves on."""

    name: str
    settings: type
    parse: Callable[[Mapping[str, Any]], Any]
    """From what :meth:`Patch.as_dict` gave."""
    patches: Callable[[np.ndarray, Any, int], np.ndarray]
    """Those of a float signal, float32 of shape ``(frames, inputs)``."""
    fields: Callable[[Any, int], list[TaskBuffer]]
    scratch: Callable[[Any, int], list[TaskBuffer]]
    tables: Callable[[Any], dict[str, np.ndarray]]
    sample: str = "float"
    """C type of the samples that its front end reads, float or int16_t."""
    lead: Callable[[Any, int], int] = lambda patch, step: 0
    """Frames at the start that have no patch yet."""
    values: Callable[[Any], dict[str, str]] = lambda patch: {}
    """What its template needs besides the graph."""
    constants: frozenset[str] = frozenset()
    """Names of constants and functions of its C."""


KINDS: dict[str, FeatureKind] = {}
"""By name; each module fills in its own."""


def kind_of(patch: Patch) -> FeatureKind:
    """The kind of a patch."""
    return next(kind for kind in KINDS.values() if isinstance(patch, kind.settings))


def parse_patch(data: Mapping[str, Any]) -> Patch:
    """The settings under the name of a kind; raises :class:`OssicleError` where there is not one such name."""
    names = [name for name in data if name in KINDS]
    if len(names) != 1:
        raise OssicleError(f"a spotter needs one kind of features: {', '.join(KINDS)}")
    patch: Patch = KINDS[names[0]].parse(data[names[0]])
    return patch


for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
