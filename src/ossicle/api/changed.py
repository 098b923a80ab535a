"""Models that were made of others, and the recordings that they were made with."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ossicle.graph.model import Model
from ossicle.graph.task import Clip
from ossicle.measure.sensitivity import OutputError

Clips = Sequence[Clip | str | Path]
"""What a network hears: arrays of its inputs, or files, which are recordings where it hears sound."""


@dataclass(frozen=True, repr=False, kw_only=True)
class ChangedModel(Model):
    """A model that was made of another one, and what it lost to that."""

    origin: Model
    clips: tuple[Clip, ...] = ()
    """What its error is measured on; where there are none, the example of the task."""
    pesq_lost: float | None = None
    """Mean PESQ lost to fp32; None where no pairs of recordings were given."""
    warnings: tuple[str, ...] = ()
    """Sentences about flaws of the recordings."""

    @property
    def measured_on(self) -> str:
        """What the output's error is measured on."""
        return "the recordings" if self.clips else self.graph.task.record.example_text

    @cached_property
    def sqnr_db(self) -> float:
        """Signal to error of the output, in dB; infinite without any error."""
        graph = self.origin.graph
        clips = self.clips or [graph.task.record.example(graph, self.origin.calibration.spans)]
        return OutputError(graph, clips).sqnr_db(self.graph)


def read_clips(model: Model, clips: Clips | None) -> tuple[list[Clip], tuple[str, ...]]:
    """What the network hears of clips, and sentences about the flaws of those that are files."""
    arrays = [clip for clip in clips or () if not isinstance(clip, str | Path)]
    files = [Path(clip) for clip in clips or () if isinstance(clip, str | Path)]
    if not files:
        return arrays, ()
    graph = model.graph
    found, warnings = graph.task.record.read_clips(graph, files, model.calibration.spans)
    return [*arrays, *found], tuple(warnings)


def clip_names(clips: Clips | None) -> list[str]:
    """What a model's provenance says of clips."""
    return [Path(clip).name if isinstance(clip, str | Path) else "an array" for clip in clips or ()]
