"""Voice activity: from a hop of samples, behind some older ones, to the probability that somebody speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.audio.formats import check_rate
from ossicle.emit.c_text import array_text
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.task import Ends, TaskBuffer, TaskRecord, register
from ossicle.tasks import audio, clips
from ossicle.tasks.front_ends import check_keys, one_end, read_settings
from ossicle.tasks.voice.segments import SegmentRules


@dataclass(frozen=True)
class Sizes:
    """What of a signal the network reads in each frame: ``hop`` new samples behind ``context`` old ones."""

    sample_rate: int
    hop: int
    context: int = 0

    def __post_init__(self) -> None:
        check_rate(self.sample_rate)
        if not (self.hop > 0 and 0 <= self.context <= self.hop):
            raise OssicleError(
                "a frame needs a hop of at least 1, and a context no longer than the hop, not "
                f"{self.hop} and {self.context}"
            )


@dataclass(frozen=True)
class Voice(audio.AudioTask):
    """From samples to the probability of voice, and when that is taken for voice."""

    sizes: Sizes
    rules: SegmentRules = field(default_factory=SegmentRules)
    name: ClassVar[str] = "voice"

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.sizes.sample_rate

    @property
    def hop(self) -> int:
        """Samples that a frame takes."""
        return self.sizes.hop

    @property
    def inputs(self) -> tuple[int, ...]:
        """Old and new samples."""
        return (self.sizes.context + self.sizes.hop,)

    @property
    def outputs(self) -> tuple[int, ...]:
        """A probability."""
        return (1,)

    @property
    def least_silence(self) -> int:
        """Frames after the first soft one, at which voice has ended."""
        return self.rules.frames(self.rules.min_silence_s, self.sample_rate, self.hop)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return {"sizes": asdict(self.sizes), "rules": asdict(self.rules)}

    def hear(self, signal: np.ndarray) -> np.ndarray:
        """The samples of each frame of a float signal, ``(frames, inputs)``; silence is before its start."""
        context, hop = self.sizes.context, self.hop
        frames = len(signal) // hop
        padded = np.concatenate([np.zeros(context, np.float32), signal[: frames * hop]])
        starts = np.arange(frames)[:, None] * hop
        heard: np.ndarray = padded[starts + np.arange(context + hop)].astype(np.float32)
        return heard


def task_of(graph: Graph) -> Voice:
    """The task of a voice detector's graph."""
    assert isinstance(graph.task, Voice)
    return graph.task


def _parse(data: Mapping[str, Any]) -> Voice:
    sizes = read_settings(Sizes, data["sizes"], "its sizes")
    return Voice(sizes, read_settings(SegmentRules, data["rules"], "its rules"))


def _read_front_end(keys: Mapping[str, Any], ends: Ends) -> Voice:
    check_keys(keys, dict.fromkeys(("samples", "segments")), "it")
    read = one_end(ends.inputs, "input", "a voice detector reads one array of samples")
    given = one_end(ends.outputs, "output", "a voice detector gives one probability")
    sizes = read_settings(Sizes, keys.get("samples", {}), "[samples]")
    if (read.size, given.size) != (sizes.context + sizes.hop, 1):
        raise OssicleError(
            f"{sizes.hop} samples behind {sizes.context} give one probability, but the input {read}, and the "
            f"output {given}"
        )
    return Voice(sizes, read_settings(SegmentRules, keys.get("segments", {}), "[segments]"))


def _fields(graph: Graph) -> list[TaskBuffer]:
    context = task_of(graph).sizes.context
    history = [TaskBuffer("history", "float", context)] if context else []
    return [*history, TaskBuffer("thresholds", "float", 2), TaskBuffer("counters", "int32_t", 2)]


def _scratch(graph: Graph, last: int) -> list[TaskBuffer]:
    return [TaskBuffer("samples_in", "float", task_of(graph).hop, 0, 2)]


def _values(graph: Graph) -> dict[str, Any]:
    rules = task_of(graph).rules
    start, end = (array_text(np.array([of], np.float32)) for of in (rules.start, rules.end))
    return {"start": start, "end": end}


def _summary(graph: Graph) -> dict[str, Any]:
    task = task_of(graph)
    return task.as_dict() | {"sample_rate": task.sample_rate, "hop": task.hop, "latency_samples": 0}


def _compared(graph: Graph, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> np.ndarray:
    return outputs[0]


VOICE = register(
    TaskRecord(
        Voice.name,
        description="voice detector",
        verb="segment",
        folder=Path(__file__).parent / "templates",
        parse=_parse,
        fields=_fields,
        scratch=_scratch,
        values=_values,
        summary=_summary,
        read_clips=clips.read_clips,
        example=clips.voice_clip,
        example_text="a synthetic voice in noise",
        compared=_compared,
        variable_bytes=audio.hop_bytes,
        read_front_end=_read_front_end,
        constants=frozenset(("voice",)),
        variables=frozenset(
            ("samples", "probability", "history", "thresholds", "counters", "samples_in", "in")
        ),
    )
)
