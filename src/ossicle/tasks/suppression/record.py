"""Noise suppression: from a spectrum, or the samples of a frame, to an estimate of the clean one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.audio.parts import raised, split_parts
from ossicle.graph import Graph
from ossicle.graph.task import TaskRecord, register
from ossicle.tasks import audio, clips
from ossicle.tasks.suppression import in_c
from ossicle.tasks.suppression.front_end import read_front_end
from ossicle.tasks.suppression.settings import Suppression, parse, task_of

COMPRESSION = 0.3
"""Power that brings magnitudes near to loudness."""


def _summary(graph: Graph) -> dict[str, Any]:
    task = task_of(graph)
    sizes = {"sample_rate": task.sample_rate, "hop": task.hop, "latency_samples": task.stft.latency}
    return task.as_dict() | sizes


def _compared(graph: Graph, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> np.ndarray:
    """The estimated spectrum, compressed: errors in soft bins count nearly as much as in loud ones.

    Where it is a mask of what was heard, that has no phase.
    """
    task = task_of(graph)
    heard = task.heard[0].magnitudes(inputs[0], task.stft)
    estimate = task.estimate.spectrum(outputs[0], heard, task.stft)
    if not np.iscomplexobj(estimate):
        compressed: np.ndarray = estimate**COMPRESSION
        return compressed
    return split_parts(raised(estimate, COMPRESSION), "interleaved")


SUPPRESSION = register(
    TaskRecord(
        Suppression.name,
        description="noise suppressor",
        verb="denoise",
        folder=Path(__file__).parent / "templates",
        parse=parse,
        fields=in_c.fields,
        scratch=in_c.scratch,
        tables=in_c.tables,
        values=in_c.values,
        summary=_summary,
        read_clips=clips.read_clips,
        example=clips.voice_clip,
        example_text="a synthetic voice in noise",
        compared=_compared,
        variable_bytes=audio.hop_bytes,
        read_front_end=read_front_end,
        constants=in_c.CONSTANTS,
        variables=in_c.VARIABLES,
        parallel=in_c.parallel,
        streams=True,
        scores={"PESQ-WB": ("pesq_wb", ".2f"), "STOI": ("stoi", ".3f"), "SI-SDR dB": ("si_sdr_db", ".1f")},
    )
)
