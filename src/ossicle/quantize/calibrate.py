"""What every tensor holds, measured on real frames with the recurrent state carried along."""

from collections.abc import Sequence

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.histogram import Histogram
from ossicle.simulate import Simulator


def record(graph: Graph, clips: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Values of every tensor of a graph over clips of its input, each ``(frames, inputs)``.

    The state is zero at the start of each clip and carried through it. The rows of each array are the frames
    of all clips.
    """
    if not clips or min(map(len, clips)) == 0:
        raise OssicleError("calibration needs at least one clip, and each at least one frame")
    longest = max(map(len, clips))
    padded = np.zeros((longest, len(clips), graph.task.inputs), np.float32)
    for index, clip in enumerate(clips):
        padded[: len(clip), index] = clip
    running = np.array([len(clip) for clip in clips]) > np.arange(longest)[:, None]
    simulator = Simulator(graph, len(clips))
    values: dict[str, list[np.ndarray]] = {name: [] for name in graph.tensors}
    for frame, runs in zip(padded, running, strict=True):
        for name, value in simulator.trace(frame).items():
            values[name].append(value[runs])
    return {name: np.concatenate(seen) for name, seen in values.items()}


def calibrate(graph: Graph, clips: Sequence[np.ndarray]) -> dict[str, Histogram]:
    """Measure what the tensors of a float graph hold over clips of its input, each ``(frames, inputs)``."""
    return {name: Histogram.of(values) for name, values in record(graph, clips).items()}
