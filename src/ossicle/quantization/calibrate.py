"""What every tensor holds, measured on real frames with the recurrent state carried along."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Tensor
from ossicle.graph.calibration import Calibration, Moments, product_name
from ossicle.graph.operator import OPS
from ossicle.graph.task import Clip
from ossicle.numerics.formats import DType
from ossicle.quantization.ranges import Ranges, bounds
from ossicle.simulate import Simulator


def clip_arrays(graph: Graph, clip: Clip) -> list[np.ndarray]:
    """The array of each of a graph's inputs in a clip, float32 ``(frames, size)``.

    Raises :class:`OssicleError` where an array is missing, or differs from the others in its frames.
    """
    names = graph.inputs
    if isinstance(clip, Mapping):
        if set(clip) != set(names):
            raise OssicleError(
                f"a clip of {graph.name} needs the arrays {', '.join(names)}, and has {', '.join(clip)}"
            )
        clip = [clip[name] for name in names]
    given = [clip] if isinstance(clip, np.ndarray) else list(clip)
    if len(given) != len(names):
        raise OssicleError(
            f"a clip of {graph.name} needs an array for each of {', '.join(names)}, and has {len(given)}"
        )
    found = []
    for name, array in zip(names, given, strict=True):
        values, size = np.asarray(array, np.float32), graph.tensors[name].size
        if values.ndim < 2 or math.prod(values.shape[1:]) != size or len(values) != len(given[0]):
            raise OssicleError(
                f"the array {name} of a clip of {graph.name} must have {size} values for each of "
                f"{len(given[0])} frames, and its shape is {values.shape}"
            )
        found.append(values.reshape(len(values), size))
    return found


def collect_activations(graph: Graph, clips: Sequence[Clip]) -> dict[str, np.ndarray]:
    """Values of every tensor of a graph over clips of its inputs.

    The state is zero at the start of each clip and carried through it. The rows of each array are the frames
    of all clips.
    """
    arrays = [clip_arrays(graph, clip) for clip in clips]
    lengths = [len(of[0]) for of in arrays]
    if not lengths or min(lengths) == 0:
        raise OssicleError("calibration needs at least one clip, and each at least one frame")
    padded = [
        np.zeros((max(lengths), len(clips), graph.tensors[name].size), np.float32) for name in graph.inputs
    ]
    for index, of in enumerate(arrays):
        for batch, array in zip(padded, of, strict=True):
            batch[: len(array), index] = array
    running = np.array(lengths) > np.arange(max(lengths))[:, None]
    simulator = Simulator(graph, len(clips))
    values: dict[str, list[np.ndarray]] = {name: [] for name in graph.tensors}
    for frame, runs in enumerate(running):
        for name, value in simulator.trace(*(batch[frame] for batch in padded)).items():
            values[name].append(value[runs])
    return {name: np.concatenate(seen) for name, seen in values.items()}


def calibrate(graph: Graph, clips: Sequence[Clip], ranges: Ranges | None = None) -> Calibration:
    """Measure what a float graph holds and multiplies over clips of its inputs.

    ``ranges`` says what the int8 tensors span.
    """
    values = collect_activations(graph, clips)
    fit = (ranges or Ranges()).fit(graph, values)
    range_of = bounds(graph, fit.spans)
    moments = {}
    for node in graph.nodes:
        op = OPS[node.op]
        for matrix in op.matrices:
            name = node.at(matrix.seen or matrix.operand)
            low, high = range_of(name, DType.S8)
            tensor = Tensor.affine_s8(graph.tensors[name].shape, low, high)
            held = np.clip(values[name], low, high) if name in fit.clamped else values[name]
            codes = tensor.encode(held).astype(np.float32) - tensor.zero_point
            rows, rounded = (op.im2col(node, of) for of in (held, codes * tensor.scale))
            moments[product_name(node.name, matrix.weight)] = Moments.of(rows, rounded)
    return Calibration(fit.spans, moments, fit.wide)
