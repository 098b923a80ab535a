"""Log-mel features and MFCC, in floats (:mod:`ossicle.audio.mel`)."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ossicle.audio.mel import STD_OFFSET_DB, patches
from ossicle.audio.mel_tables import (
    DECIBEL,
    MAXIMUM,
    NONE,
    STANDARD,
    TIME_MAJOR,
    MelConfig,
    dct_matrix,
    sparse_filters,
)
from ossicle.audio.stft import PLAIN, StftConfig
from ossicle.emit.c_text import array_text
from ossicle.graph.task import TaskBuffer
from ossicle.tasks import transforms
from ossicle.tasks.front_ends import read_settings
from ossicle.tasks.spotting.features import KINDS, FeatureKind, whole_frames

LEVELS = {NONE: "OSC_LEVEL_KEPT", MAXIMUM: "OSC_LEVEL_MAX", STANDARD: "OSC_LEVEL_STANDARD"}
LARGEST = float(np.finfo(np.float32).max)
"""Stands for no limit."""


def _read(table: Mapping[str, Any], inputs: int) -> MelConfig:
    """With as many frames as the network reads."""
    mel = read_settings(MelConfig, table, "[mel]")
    return mel if "frames" in table else replace(mel, frames=whole_frames(inputs, mel.features, "[mel]"))


def _part(mel: MelConfig) -> int:
    """Samples that the transform takes at a time."""
    return mel.hop // mel.parts


def _fields(mel: MelConfig, step: int) -> list[TaskBuffer]:
    return [
        TaskBuffer("history", "float", mel.window - _part(mel)),
        TaskBuffer("rows", "float", mel.frames * mel.mels),
        *([TaskBuffer("last", "float", 1)] if mel.pre_emphasis else []),
    ]


def _scratch(mel: MelConfig, step: int) -> list[TaskBuffer]:
    return [
        TaskBuffer("samples_in", "float", step * mel.hop, 0, 1),
        TaskBuffer("transform", "float", mel.n_fft + 2, 1, 1),
        TaskBuffer("frame", "float", mel.mels, 2, 2),
    ]


def _tables(mel: MelConfig) -> dict[str, np.ndarray]:
    first, count, weight = sparse_filters(mel)
    found = {"first": first, "count": count, "filter": weight}
    if mel.coefficients:
        found["dct"] = dct_matrix(mel)
    return transforms.transform_tables(mel.n_fft, mel.analysis_window) | found


def _values(mel: MelConfig) -> dict[str, str]:
    stft = StftConfig(mel.sample_rate, mel.window, _part(mel), mel.n_fft, overlap=PLAIN)
    unit = DECIBEL[mel.logarithm]
    octave, slope = 10 * math.log10(2) * unit, 20 / math.log(10) * unit
    low, high = mel.clip or (-LARGEST, LARGEST)
    return {
        "transform_text": transforms.transform_text(_tables(mel), stft, stft.envelope),
        "logarithm_text": _floats(mel.floor, mel.offset, octave, slope),
        "range_text": _floats(mel.top_db * unit or LARGEST),
        "level": LEVELS[mel.normalize],
        "level_text": _floats(STD_OFFSET_DB * unit, mel.mean, 1 / mel.std, low, high),
        "time_major": str(int(mel.layout == TIME_MAJOR)),
        "pre_emphasis_text": _floats(mel.pre_emphasis),
    }


def _floats(*values: float) -> str:
    return array_text(np.array(values, np.float32))


KINDS["mel"] = FeatureKind(
    "mel",
    MelConfig,
    parse=lambda data: read_settings(MelConfig, data, "its mel"),
    read=_read,
    patches=patches,
    fields=_fields,
    scratch=_scratch,
    tables=_tables,
    values=_values,
    constants=frozenset(("mel",)),
)
