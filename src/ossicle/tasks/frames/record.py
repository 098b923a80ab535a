"""Frames: a network without a front end, which takes named arrays in every frame and gives named arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.calibration import Span
from ossicle.graph.task import Clip, Ends, Task, TaskBuffer, TaskRecord, register
from ossicle.tasks.frames.arrays import ends, read_arrays
from ossicle.tasks.front_ends import read_settings

EXAMPLE_FRAMES = 200


@dataclass(frozen=True)
class Frames(Task):
    """Any number of inputs and outputs of any shapes; ``frames_per_second`` is given where it is known."""

    frames_per_second: float | None = None
    name: ClassVar[str] = "frames"

    def __post_init__(self) -> None:
        if self.frames_per_second is not None and not 0 < self.frames_per_second <= 1e6:
            raise OssicleError(
                f"frames per second must be over 0 and up to a million, not {self.frames_per_second}"
            )

    @property
    def inputs(self) -> None:
        """Any."""

    @property
    def outputs(self) -> None:
        """Any."""

    @property
    def frame_items(self) -> int:
        """Its program reads whole frames."""
        return 1

    @property
    def rate(self) -> float | None:
        """Frames a second; None where nobody knows."""
        return self.frames_per_second

    @property
    def timing(self) -> str:
        """Its rate, if that is known."""
        known = self.frames_per_second
        return "frames at no fixed rate" if known is None else f"{known:g} frames a second"

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return asdict(self)


def _scratch(graph: Graph, last: int) -> Sequence[TaskBuffer]:
    return ()


def _summary(graph: Graph) -> dict[str, Any]:
    inputs, outputs = ends(graph)
    return {
        **graph.task.as_dict(),
        "inputs": [asdict(end) for end in inputs],
        "outputs": [asdict(end) for end in outputs],
    }


def _values(graph: Graph) -> dict[str, Any]:
    inputs, outputs = ends(graph)
    return {"inputs": inputs, "outputs": outputs, "rate": graph.task.rate}


def _read_clips(
    graph: Graph, files: Sequence[Path], earlier: Mapping[str, Span]
) -> tuple[list[Clip], list[str]]:
    return [read_arrays(graph, file) for file in files], []


def _example(graph: Graph, seen: Mapping[str, Span]) -> list[np.ndarray]:
    """Random values of the ranges that calibration saw, or of -1..1."""
    rng = np.random.default_rng(0)
    found = []
    for name in graph.inputs:
        low, high = (seen[name].low, seen[name].high) if name in seen else (-1.0, 1.0)
        values = rng.uniform(low, high, (EXAMPLE_FRAMES, graph.tensors[name].size))
        found.append(values.astype(np.float32))
    return found


def _compared(graph: Graph, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(outputs, axis=-1)


def _variable_bytes(graph: Graph) -> int:
    return 4 * sum(graph.tensors[name].size for name in (*graph.inputs, *graph.outputs))


def _read_front_end(keys: Mapping[str, Any], ends: Ends) -> Frames:
    return read_settings(Frames, keys, "it")


FRAMES = register(
    TaskRecord(
        Frames.name,
        description="network without a front end",
        verb="run",
        folder=Path(__file__).parent / "templates",
        parse=lambda data: read_settings(Frames, data, "its task"),
        scratch=_scratch,
        summary=_summary,
        values=_values,
        read_clips=_read_clips,
        example=_example,
        example_text="random inputs",
        compared=_compared,
        variable_bytes=_variable_bytes,
        read_front_end=_read_front_end,
        variables=frozenset(("in", "out")),
    )
)
