"""What a spotter's network hears of sound: patches of feature frames, by their kind.

A kind is a module that registers a :class:`FeatureKind`, and ``templates/features/NAME.j2`` with its C. The
settings of a patch say which kind it is of, by their type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.task import TaskBuffer
from ossicle.registry import Registry


class Patch(Protocol):
    """Settings of a patch: those of its feature frames, and how many it has."""

    @property
    def sample_rate(self) -> int:
        """Samples a second."""

    @property
    def hop(self) -> int:
        """Samples from one feature frame to the next."""

    @property
    def frames(self) -> int:
        """Feature frames of a patch."""

    @property
    def inputs(self) -> int:
        """Values of a patch."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""


@dataclass(frozen=True)
class FeatureKind:
    """A kind of patches: functions of their settings, and of how many feature frames a patch moves on by."""

    name: str
    settings: type
    parse: Callable[[Mapping[str, Any]], Any]
    """From what :meth:`Patch.as_dict` gave."""
    read: Callable[[Mapping[str, Any], int], Any]
    """From the table of a front end, for a network that reads so many values."""
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


KINDS: Registry[FeatureKind] = Registry(__name__)
"""By name; each module registers its own."""


def kind_of(patch: Patch) -> FeatureKind:
    """The kind of a patch."""
    return next(kind for kind in KINDS.values() if isinstance(patch, kind.settings))


def parse_patch(data: Mapping[str, Any]) -> Patch:
    """The settings under the name of a kind; raises :class:`OssicleError` where that is not one."""
    name = _kind_name(data)
    patch: Patch = KINDS[name].parse(data[name])
    return patch


def read_patch(keys: Mapping[str, Any], inputs: int) -> Patch:
    """The settings in a front end's table, named after a kind, for a network that reads so many values."""
    name = _kind_name(keys)
    patch: Patch = KINDS[name].read(keys[name], inputs)
    if patch.inputs != inputs:
        raise OssicleError(
            f"[{name}] makes {patch.inputs} values, and the network reads {inputs}; change its frames"
        )
    return patch


def _kind_name(data: Mapping[str, Any]) -> str:
    names = [name for name in data if name in KINDS]
    if len(names) != 1:
        raise OssicleError(f"it needs the features of a spotter, in one table: {' or '.join(KINDS)}")
    return names[0]


def whole_frames(inputs: int, values: int, where: str) -> int:
    """How many feature frames of so many values a network reads."""
    if values < 1 or inputs % values:
        raise OssicleError(
            f"{where} gives {values} values a frame, which do not divide the {inputs} that are read"
        )
    return inputs // values
