"""Bounds of every tensor, measured on real frames with the recurrent state carried along."""

from collections.abc import Iterable

import numpy as np

from ossicle.graph import Graph
from ossicle.simulate import Simulator

CLIP_SHARE = 1e-4
"""Share of the values that may lie outside the bounds, on each side.

The largest values of a spectrum are rare and huge: with plain minima and maxima, most of the signal falls
into one step of an int8.
"""


def calibrate(graph: Graph, clips: Iterable[np.ndarray]) -> dict[str, tuple[float, float]]:
    """Measure the bounds of a float graph's tensors over clips of magnitudes, each ``(frames, bins)``.

    The state is zero at the start of each clip and carried through it.
    """
    values: dict[str, list[np.ndarray]] = {name: [] for name in graph.tensors}
    for clip in clips:
        simulator = Simulator(graph)
        for frame in clip:
            for name, value in simulator.trace(frame).items():
                values[name].append(value)
    return {name: _bounds(np.concatenate(seen)) for name, seen in values.items()}


def _bounds(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [CLIP_SHARE, 1 - CLIP_SHARE])
    return float(low), float(high)
