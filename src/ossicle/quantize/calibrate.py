"""What every tensor holds, measured on real frames with the recurrent state carried along."""

from collections.abc import Sequence

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Tensor
from ossicle.graph.calibration import Calibration, Moments, product_name
from ossicle.graph.operator import OPS
from ossicle.quantize.ranges import Ranges
from ossicle.simulate import Simulator


def record(graph: Graph, clips: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Values of every tensor of a graph over clips of its one input, each ``(frames, inputs)``.

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


def calibrate(graph: Graph, clips: Sequence[np.ndarray], ranges: Ranges | None = None) -> Calibration:
    """Measure what a float graph holds and multiplies over clips of its input, each ``(frames, inputs)``.

    ``ranges`` says what the int8 tensors span.
    """
    values = record(graph, clips)
    spans = (ranges or Ranges()).spans(graph, values)
    # Some operators, such as a pooling, keep the scale of what they read.
    kept = {
        next(iter(node.outputs.values())): next(iter(node.inputs.values()))
        for node in graph.nodes
        if OPS[node.op].keeps_scale
    }
    moments = {}
    for node in graph.nodes:
        op = OPS[node.op]
        for matrix in op.matrices:
            name = node.inputs[matrix.operand]
            span = spans[kept.get(name, name)]
            tensor = Tensor.affine_s8(graph.tensors[name].shape, span.s8_low, span.s8_high)
            codes = tensor.encode(values[name]).astype(np.float32) - tensor.zero_point
            rows, rounded = (op.operand_rows(node, of) for of in (values[name], codes * tensor.scale))
            moments[product_name(node.name, matrix.weight)] = Moments.of(rows, rounded)
    return Calibration(spans, moments)
