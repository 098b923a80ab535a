"""The arrays that go into a network and come out of it: their names, shapes, and files of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.numerics.arrays import read_npz
from ossicle.quantization import clip_arrays


@dataclass(frozen=True)
class End:
    """An input or output of a network as users see it."""

    name: str
    tensor: str
    """Its name in the graph, which has another one for an output that was converted to float."""
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


def ends(graph: Graph) -> tuple[list[End], list[End]]:
    """Inputs and outputs of a graph; an output keeps the name of the float network in every precision."""
    sources = {node.outputs["y"]: node.inputs["x"] for node in graph.nodes if node.op == "convert"}

    def end(tensor: str) -> End:
        return End(sources.get(tensor, tensor), tensor, graph.tensors[tensor].shape)

    inputs = [End(name, name, graph.tensors[name].shape) for name in graph.inputs]
    return inputs, [end(name) for name in graph.outputs]


def frame_type(of: Sequence[Mapping[str, Any]]) -> np.dtype:
    """A record of the arrays of a frame, from what ``model.json`` says of inputs or outputs."""
    return np.dtype([(end["name"], "<f4", tuple(end["shape"])) for end in of])


def frame_records(name: str, kind: np.dtype, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Arrays of inputs, each ``(frames, ...)``, as records of a type, ``(frames,)``."""
    assert kind.names is not None
    if set(arrays) != set(kind.names):
        raise OssicleError(f"{name} takes the arrays {', '.join(kind.names)}, not {', '.join(arrays)}")
    frames = {len(array) for array in arrays.values()}
    if len(frames) != 1:
        raise OssicleError(
            f"the arrays for {name} differ in their number of frames; give one of each a frame"
        )
    records = np.zeros(frames.pop(), kind)
    for field in kind.names:
        shape = records[field].shape
        values = np.asarray(arrays[field], np.float32)
        if values.size != math.prod(shape):
            raise OssicleError(
                f"the array {field} for {name} must have the shape {shape}, not {values.shape}"
            )
        records[field] = values.reshape(shape)
    return records


def read_arrays(graph: Graph, file: Path) -> dict[str, np.ndarray]:
    """The arrays of a graph's inputs in an ``.npz`` file, by name, each ``(frames, size)``."""
    arrays = read_npz(file, f", with {', '.join(graph.inputs)} of shape (frames, ...)")
    values = clip_arrays(graph, arrays)
    if not all(np.isfinite(array).all() for array in values):
        raise OssicleError(f"{file} holds NaN or infinity; replace them")
    return dict(zip(graph.inputs, values, strict=True))
