"""Noise suppression: from the magnitudes of a spectrum to a mask for it, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.audio.features import MAGNITUDE, feature_kind, features
from ossicle.audio.stft import StftConfig
from ossicle.emit.c_text import array_text
from ossicle.graph import Graph
from ossicle.graph.task import EndCall, Parallel, TaskBuffer, TaskRecord, register
from ossicle.programs.interface import INTERFACES
from ossicle.tasks import audio
from ossicle.tasks.suppression.feature_kernels import KINDS
from ossicle.tasks.suppression.program import INTERFACE

COMPRESSION = 0.3
"""Power that brings magnitudes near to loudness."""


@dataclass(frozen=True)
class Suppression(audio.AudioTask):
    """The transform around a network that gives a mask, and the kind of features that the network hears."""

    stft: StftConfig
    features: str = MAGNITUDE
    name: ClassVar[str] = "suppression"

    def __post_init__(self) -> None:
        feature_kind(self.features)

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.stft.sample_rate

    @property
    def hop(self) -> int:
        """Samples that a frame takes."""
        return self.stft.hop

    @property
    def inputs(self) -> tuple[int, ...]:
        """A feature for each bin."""
        return (self.stft.bins,)

    @property
    def outputs(self) -> tuple[int, ...]:
        """A factor for each bin."""
        return (self.stft.bins,)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return {"stft": self.stft.as_dict(), "features": self.features}

    def hear(self, signal: np.ndarray) -> np.ndarray:
        """Features of a float signal, ``(frames, bins)``."""
        return features(signal, self.stft, self.features)


def task_of(graph: Graph) -> Suppression:
    """The task of a suppressor's graph."""
    assert isinstance(graph.task, Suppression)
    return graph.task


def _parse(data: Mapping[str, Any]) -> Suppression:
    return Suppression(StftConfig.of(data["stft"]), data["features"])


def _fields(graph: Graph) -> list[TaskBuffer]:
    task = task_of(graph)
    kept = [TaskBuffer(name, "float", task.stft.latency) for name in ("history", "overlap")]
    return [*kept, *KINDS[task.features].fields]


def _scratch(graph: Graph, last: int) -> list[TaskBuffer]:
    task = task_of(graph)
    return [
        TaskBuffer("samples_in", "float", task.hop, 0, 1),
        TaskBuffer("spectrum", "float", 2 * task.stft.bins, 1, last + 1),
        TaskBuffer("samples_out", "float", task.hop, last + 1, last + 2),
    ]


def _summary(graph: Graph) -> dict[str, Any]:
    task = task_of(graph)
    sizes = {"sample_rate": task.sample_rate, "hop": task.hop, "latency_samples": task.stft.latency}
    return task.as_dict() | sizes


def _compared(graph: Graph, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> np.ndarray:
    """Masked magnitudes, compressed: errors in soft bins count nearly as much as in loud ones."""
    magnitudes = inputs[0] ** (1 / feature_kind(task_of(graph).features).power)
    compressed: np.ndarray = (magnitudes * outputs[0]) ** COMPRESSION
    return compressed


def _values(graph: Graph) -> dict[str, str]:
    task = task_of(graph)
    overlap_gain = array_text(task.stft.envelope[:1])
    return {"overlap_gain": overlap_gain, **KINDS[task.features].values(task.stft)}


def _parallel(graph: Graph) -> Parallel:
    task = task_of(graph)
    config = task.stft
    return Parallel(
        config.bins,
        (EndCall("parallel_stft", config.n_fft), *KINDS[task.features].calls(config)),
        (EndCall("parallel_istft", config.n_fft),),
        4 * config.window + 4 * config.n_fft,
    )


SUPPRESSION = register(
    TaskRecord(
        Suppression.name,
        description="noise suppressor",
        verb="denoise",
        default_scheme="mixed",
        folder=Path(__file__).parent / "templates",
        parse=_parse,
        fields=_fields,
        scratch=_scratch,
        tables=lambda graph: audio.transform_tables(task_of(graph).stft.window, task_of(graph).stft.n_fft),
        values=_values,
        summary=_summary,
        read_clips=audio.read_clips,
        example=audio.voice_clip,
        example_text="a synthetic voice in noise",
        compared=_compared,
        variable_bytes=audio.hop_bytes,
        constants=frozenset(("stft",)),
        variables=frozenset(("in", "out")),
        parallel=_parallel,
        scores={"PESQ-WB": ("pesq_wb", ".2f"), "STOI": ("stoi", ".3f"), "SI-SDR dB": ("si_sdr_db", ".1f")},
    )
)
INTERFACES[Suppression.name] = INTERFACE
