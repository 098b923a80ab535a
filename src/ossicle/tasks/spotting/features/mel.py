"""Log-mel features and MFCC, in floats (:mod:`ossicle.audio.mel`)."""

import numpy as np

from ossicle.audio.mel import MelConfig, dct_matrix, patches, sparse_filters
from ossicle.graph.task import TaskBuffer
from ossicle.tasks import audio
from ossicle.tasks.spotting.features import KINDS, FeatureKind


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
    return audio.transform_tables(mel.window, mel.n_fft) | found


KINDS["mel"] = FeatureKind(
    "mel",
    MelConfig,
    parse=lambda data: MelConfig(**data),
    patches=patches,
    fields=_fields,
    scratch=_scratch,
    tables=_tables,
    constants=frozenset(("mel",)),
)
