"""Calibration data of tasks that hear sound."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.audio.sound import synthetic_voice
from ossicle.graph import Graph
from ossicle.graph.calibration import Span
from ossicle.graph.task import Clip
from ossicle.quantization.listen import read_recordings
from ossicle.tasks.audio import audio_task

VOICE_S = 4.0


def read_clips(
    graph: Graph, files: Sequence[Path], earlier: Mapping[str, Span]
) -> tuple[list[Clip], list[str]]:
    """What the network hears of recordings, and sentences about their flaws."""
    task = audio_task(graph)
    known = earlier.get(graph.inputs[0]) if task.linear else None
    found = read_recordings(files, task.sample_rate, task.hear, known)
    return found.clips, found.warnings


def voice_clip(graph: Graph, seen: Mapping[str, Span]) -> Clip:
    """What the network hears of a synthetic voice in noise."""
    task = audio_task(graph)
    return task.hear(synthetic_voice(task.sample_rate, VOICE_S) / np.float32(32768))
