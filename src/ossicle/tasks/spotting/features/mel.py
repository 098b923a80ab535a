"""Log-mel features and MFCC, in floats (:mod:`ossicle.audio.mel`)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ossicle.audio.mel import MelConfig, dct_matrix, patches, sparse_filters
from ossicle.audio.windows import hann
from ossicle.graph.task import TaskBuffer
from ossicle.tasks import transforms
from ossicle.tasks.front_ends import read_settings
from ossicle.tasks.spotting.features import KINDS, FeatureKind, whole_frames


def _read(table: Mapping[str, Any], inputs: int) -> MelConfig:
    """With as many frames as the network reads."""
    mel = read_settings(MelConfig, table, "[mel]")
    return mel if "frames" in table else replace(mel, frames=whole_frames(inputs, mel.features, "[mel]"))


def _fields(mel: MelConfig, step: int) -> list[TaskBuffer]:
    return [
        TaskBuffer("history", "float", mel.window - mel.hop),
        TaskBuffer("history_db", "float", mel.frames * mel.mels),
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
    return transforms.transform_tables(mel.n_fft, hann(mel.window)) | found


def _values(mel: MelConfig) -> dict[str, str]:
    return {"transform_text": transforms.transform_text(_tables(mel), mel, np.ones(1, np.float32))}


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
