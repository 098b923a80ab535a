"""Keyword spotting: from a patch of features to the posteriors of words, and which one was spoken."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.emit.c_text import array_text
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.task import Ends, TaskBuffer, TaskRecord, register
from ossicle.tasks import audio, clips
from ossicle.tasks.front_ends import check_keys, one_end, read_settings
from ossicle.tasks.spotting.features import KINDS, Patch, kind_of, parse_patch, read_patch

LARGEST_STEP = 1000
LONGEST_LABEL = 64
NO_ACTIVATION = "none"
ACTIVATIONS = (NO_ACTIVATION, "softmax", "sigmoid")
"""What makes posteriors of the outputs of a network."""


@dataclass(frozen=True)
class Detector:
    """When a spotter reports a word; times are in frames.

    Posteriors are averaged over the newest ``smoothing`` frames. A word whose mean reaches ``threshold`` is
    reported, and none in the ``refractory`` frames after it.
    """

    smoothing: int = 4
    threshold: float = 0.8
    refractory: int = 24

    def __post_init__(self) -> None:
        if not (1 <= self.smoothing <= 1000 and 0 <= self.refractory <= 10**6 and 0 < self.threshold <= 1):
            raise OssicleError(
                f"a detector needs 1 to 1000 frames of smoothing, not {self.smoothing}, a threshold over 0 "
                f"and up to 1, not {self.threshold}, and a refractory period of 0 frames or more"
            )


@dataclass(frozen=True)
class Spotting(audio.AudioTask):
    """From a patch of features to the posteriors of words, once every ``frames`` feature frames."""

    features: Patch
    """Settings of the patch, of a kind of :mod:`ossicle.tasks.spotting.features`."""
    labels: tuple[str, ...]
    keywords: tuple[str, ...]
    """The labels that are reported."""
    frames: int = 1
    detector: Detector = Detector()
    activation: str = NO_ACTIVATION
    """What makes posteriors of the network's outputs: ``none`` where they are posteriors already."""
    name: ClassVar[str] = "spotting"

    def __post_init__(self) -> None:
        if len(set(self.labels)) < max(len(self.labels), 1) or not all(map(_is_label, self.labels)):
            raise OssicleError(
                f"labels must be different texts of up to {LONGEST_LABEL} printable characters, not "
                f"{list(self.labels)}"
            )
        if not self.keywords or set(self.keywords) - set(self.labels):
            raise OssicleError(f"keywords must be some of the labels, not {list(self.keywords)}")
        if not 1 <= self.frames <= LARGEST_STEP:
            raise OssicleError(f"a patch moves on by 1 to {LARGEST_STEP} feature frames, not {self.frames}")
        if self.activation not in ACTIVATIONS:
            raise OssicleError(f"activation must be {' or '.join(ACTIVATIONS)}, not {self.activation!r}")

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.features.sample_rate

    @property
    def hop(self) -> int:
        """Samples that a frame takes."""
        return self.frames * self.features.hop

    @property
    def inputs(self) -> tuple[int, ...]:
        """Values of a patch."""
        return (self.features.inputs,)

    @property
    def outputs(self) -> tuple[int, ...]:
        """A posterior for each label."""
        return (len(self.labels),)

    @property
    def lead(self) -> int:
        """Frames at the start that have no patch yet."""
        return kind_of(self.features).lead(self.features, self.frames)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        found = {
            kind_of(self.features).name: self.features.as_dict(),
            "labels": list(self.labels),
            "keywords": list(self.keywords),
            "frames": self.frames,
            "detector": asdict(self.detector),
        }
        return found if self.activation == NO_ACTIVATION else found | {"activation": self.activation}

    def hear(self, signal: np.ndarray) -> np.ndarray:
        """The patch of each frame of a float signal, ``(frames, inputs)``."""
        return kind_of(self.features).patches(signal, self.features, self.frames)


@dataclass(frozen=True)
class _Names:
    """What a front end says besides features and detection."""

    labels: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    """By default all labels."""
    frames: int = 0
    """Feature frames from one patch to the next; by default those of a patch."""
    activation: str = NO_ACTIVATION


NAMES = tuple(part.name for part in fields(_Names))


def _is_label(label: object) -> bool:
    return isinstance(label, str) and 1 <= len(label) <= LONGEST_LABEL and label.isprintable()


def task_of(graph: Graph) -> Spotting:
    """The task of a spotter's graph."""
    assert isinstance(graph.task, Spotting)
    return graph.task


def _parse(data: Mapping[str, Any]) -> Spotting:
    names = read_settings(_Names, {key: data[key] for key in NAMES if key in data}, "its task")
    detector = read_settings(Detector, data["detector"], "its detector")
    return Spotting(parse_patch(data), names.labels, names.keywords, names.frames, detector, names.activation)


def _read_front_end(keys: Mapping[str, Any], ends: Ends) -> Spotting:
    """A network that reads one patch and gives a posterior for each label."""
    check_keys(keys, dict.fromkeys((*KINDS, *NAMES, "detector")), "it")
    one_end(ends.inputs, "input", "a spotter reads one patch of features")
    classes = one_end(ends.outputs, "output", "a spotter gives the posteriors of its labels in one").size
    patch = read_patch(keys, ends.inputs[0].size)
    names = read_settings(_Names, {key: keys[key] for key in NAMES if key in keys}, "it")
    labels = names.labels or _default_labels(ends.name, classes)
    if len(labels) != classes:
        raise OssicleError(f"it has {len(labels)} labels, and the network gives {classes} posteriors")
    detector = read_settings(Detector, keys.get("detector", {}), "[detector]")
    keywords, frames = names.keywords or labels, names.frames or patch.frames
    return Spotting(patch, labels, keywords, frames, detector, names.activation)


def _default_labels(name: str, classes: int) -> tuple[str, ...]:
    """One word is called after its network, and several by their numbers."""
    if classes == 1:
        return (re.sub("[^a-z0-9_ -]", "_", name.lower())[:32],)
    return tuple(f"word {number}" for number in range(classes))


def _fields(graph: Graph) -> list[TaskBuffer]:
    task = task_of(graph)
    return [
        *kind_of(task.features).fields(task.features, task.frames),
        TaskBuffer("recent", "float", task.detector.smoothing * len(task.labels)),
        TaskBuffer("threshold", "float", 1),
        TaskBuffer("counters", "int32_t", 2),
    ]


def _scratch(graph: Graph, last: int) -> list[TaskBuffer]:
    task = task_of(graph)
    return kind_of(task.features).scratch(task.features, task.frames)


def _tables(graph: Graph) -> dict[str, np.ndarray]:
    task = task_of(graph)
    spotted = np.array([label in task.keywords for label in task.labels], np.uint8)
    return kind_of(task.features).tables(task.features) | {"keyword": spotted}


def _values(graph: Graph) -> dict[str, Any]:
    task = task_of(graph)
    kind = kind_of(task.features)
    return {
        "threshold": array_text(np.array([task.detector.threshold], np.float32)),
        "kind": kind,
        **kind.values(task.features),
    }


def _summary(graph: Graph) -> dict[str, Any]:
    task = task_of(graph)
    return task.as_dict() | {"sample_rate": task.sample_rate, "hop": task.hop, "latency_samples": 0}


def _compared(graph: Graph, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> np.ndarray:
    return outputs[0]


SPOTTING = register(
    TaskRecord(
        Spotting.name,
        description="keyword spotter",
        verb="spot",
        folder=Path(__file__).parent / "templates",
        parse=_parse,
        fields=_fields,
        scratch=_scratch,
        tables=_tables,
        values=_values,
        summary=_summary,
        read_clips=clips.read_clips,
        example=clips.voice_clip,
        example_text="a synthetic voice in noise",
        compared=_compared,
        variable_bytes=audio.hop_bytes,
        read_front_end=_read_front_end,
        constants=frozenset(("detector",)).union(*(kind.constants for kind in KINDS.values())),
        variables=frozenset(("samples", "posteriors")),
        scores={"accuracy": ("accuracy", ".1%")},
    )
)
