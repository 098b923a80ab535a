"""Pooling (:mod:`ossicle.graph.ops.pool`)."""

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.graph.ops.window import Window


def average_pool(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step; means of integers are rounded, halves upwards."""
    points = _points(node, inputs[0])
    if points.dtype.kind == "f":
        means = points.sum(axis=-2, dtype=np.float32) * np.float32(1 / points.shape[-2])
    else:
        count = points.shape[-2]
        means = (points.sum(axis=-2, dtype=np.int64) * 2 + count) // (2 * count)
    return [means.reshape(*inputs[0].shape[:-1], -1).astype(points.dtype)]


def max_pool(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    return [_points(node, inputs[0]).max(axis=-2).reshape(*inputs[0].shape[:-1], -1)]


def _points(node: Node, x: np.ndarray) -> np.ndarray:
    """Values in each window, ``(..., positions, points, channels)``."""
    window = Window.of(node)
    windows = window.gather(x)
    return windows.reshape(*windows.shape[:-1], window.points, window.channels)
