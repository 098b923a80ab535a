"""Constant tables of what surrounds a network: transform, mel filters, detection."""

import numpy as np

from ossicle.audio.mel import dct_matrix, sparse_filters
from ossicle.audio.stft import hann
from ossicle.graph import Graph
from ossicle.graph.task import Suppression, Task
from ossicle.schedule.plan import TANH_TABLE_BYTES


def tables(task: Task) -> dict[str, np.ndarray]:
    """Arrays by their names in the C."""
    if isinstance(task, Suppression):
        return _transform(task.stft.window, task.stft.n_fft)
    mel = task.mel
    first, count, weight = sparse_filters(mel)
    spotted = np.array([label in task.keywords for label in task.labels], np.uint8)
    found = {"first": first, "count": count, "filter": weight, "keyword": spotted}
    if mel.coefficients:
        found["dct"] = dct_matrix(mel)
    return _transform(mel.window, mel.n_fft) | found


def table_bytes(graph: Graph) -> int:
    """Bytes of the task's tables and of the table of tanh."""
    return sum(array.nbytes for array in tables(graph.task).values()) + TANH_TABLE_BYTES


def _transform(window: int, n_fft: int) -> dict[str, np.ndarray]:
    angles = 2 * np.pi * np.arange(n_fft // 2) / n_fft
    twiddle = np.stack([np.cos(angles), -np.sin(angles)], axis=1).astype(np.float32)
    return {"hann": hann(window), "twiddle": twiddle}
