"""The emitted C of a network without a front end: on this computer, and what it reads and writes on chips."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.audio.sound import LONGEST_S, Sound
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.programs.interface import INTERFACES, Entry, Given, Interface, Summary
from ossicle.programs.library import LibraryProgram, Stream
from ossicle.tasks.frames.arrays import ends, frame_records, frame_type, read_arrays

FRAMES = 100
"""That are run where nothing was given and nobody knows how many a second has."""


@dataclass(frozen=True)
class FramesProgram(LibraryProgram):
    """A built network; ``open`` starts independent streams."""

    @property
    def rate(self) -> float | None:
        """Frames a second; None where nobody knows."""
        known = self.summary["frames_per_second"]
        return None if known is None else float(known)

    def open(self) -> "FramesStream":
        """Start a stream, its state reset."""
        return FramesStream(self)

    def noise(self, frames: int) -> np.ndarray:
        """Records of random inputs."""
        return random_records(frame_type(self.summary["inputs"]), frames)

    def run(self, inputs: Given) -> np.ndarray:
        """A record of the outputs of each frame, ``(frames,)``, from reset.

        ``inputs`` are arrays ``(frames, ...)`` of the network's inputs, in their order or by name.
        """
        return self.open().feed(items(self.summary, inputs))


class FramesStream(Stream):
    """One sequence of frames through a built network."""

    def __init__(self, program: FramesProgram) -> None:
        self._library, self._summary = program.library.load(), program.summary
        self._reads, self._writes = (frame_type(self._summary[end]) for end in ("inputs", "outputs"))
        self.state = np.zeros(self._library.osc_host_state_bytes() // 4, np.float32)
        self.reset()

    def reset(self) -> None:
        """Set all states to zero."""
        self._library.osc_host_reset(_address(self.state))

    def step(self, *arrays: np.ndarray) -> list[np.ndarray]:
        """Run one frame on the network's inputs, in their order; returns its outputs.

        They are float32 of the shapes that ``model.json`` says.
        """
        result = self.feed(items(self._summary, [np.asarray(array)[None] for array in arrays]))
        return [result[name][0] for name in result.dtype.names or ()]

    def feed(self, inputs: np.ndarray) -> np.ndarray:
        """Run a record of inputs for each frame, ``(frames,)``; returns records of outputs."""
        records = np.ascontiguousarray(inputs, self._reads)
        outputs = np.zeros(len(records), self._writes)
        self._library.osc_host_run(
            _address(self.state), _address(records), _address(outputs), ctypes.c_size_t(len(records))
        )
        return outputs


def items(summary: Summary, given: Given) -> np.ndarray:
    """Records of a program's inputs, ``(frames,)``, from arrays in their order or by name, or as they are."""
    kind = frame_type(summary["inputs"])
    names, model = list(kind.names or ()), summary["name"]
    if isinstance(given, np.ndarray):
        if given.dtype == kind:
            return given
        given = [given]
    if not isinstance(given, Mapping):
        if len(given) != len(names):
            raise OssicleError(
                f"{model} takes an array for each of {', '.join(names)}, not {len(given)} arrays"
            )
        given = dict(zip(names, given, strict=True))
    return frame_records(model, kind, given)


def random_records(kind: np.dtype, frames: int) -> np.ndarray:
    """Records of normal values."""
    rng, records = np.random.default_rng(0), np.zeros(frames, kind)
    for name in kind.names or ():
        records[name] = rng.standard_normal(records[name].shape)
    return records


def _summary(graph: Graph) -> dict[str, Any]:
    """What is needed here of that of its program."""
    return {"name": graph.name, "inputs": [{"name": end.name, "shape": end.shape} for end in ends(graph)[0]]}


def _stimulus(graph: Graph, frames: int) -> np.ndarray:
    return random_records(frame_type(_summary(graph)["inputs"]), frames)


def _read(graph: Graph, given: str | Path | Given | None, seconds: float) -> Sound:
    """Records of a file, of arrays, or random ones; of at most so many seconds where the rate is known."""
    if not 0 < seconds <= LONGEST_S:
        raise OssicleError(f"seconds to run must be over 0 and up to {LONGEST_S:g}, not {seconds:g}")
    rate = graph.task.rate
    most = max(1, round(seconds * rate)) if rate else None
    if given is None:
        return Sound(_stimulus(graph, most or FRAMES))
    if isinstance(given, str | Path):
        given = read_arrays(graph, Path(given))
    records = items(_summary(graph), given)[:most]
    if not len(records):
        raise OssicleError(f"there is no frame to run; give {graph.name} at least one")
    return Sound(records)


def _entry(graph: Graph) -> Entry:
    inputs, outputs = ends(graph)
    reads, writes = (tuple(4 * end.size for end in of) for of in (inputs, outputs))
    return Entry(("step",), reads, writes, "step")


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    return max(float(np.abs(found[name] - expected[name]).max()) for name in found.dtype.names or ())


def _flags(summary: Summary) -> list[str]:
    """The arguments of ``NAME_step`` within the records of a frame, and the sizes of these."""
    arguments, sizes = [], []
    for end, pointer in (("inputs", "in"), ("outputs", "out")):
        at = 0
        for size in (int(np.prod(of["shape"])) for of in summary[end]):
            arguments.append(f"{pointer}+{at}")
            at += size
        sizes.append(at)
    return [f"-DOSC_ARGUMENTS={','.join(arguments)}", f"-DOSC_INPUTS={sizes[0]}", f"-DOSC_OUTPUTS={sizes[1]}"]


def _address(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


INTERFACES["frames"] = Interface(
    FramesProgram,
    entry=_entry,
    items=items,
    result_type=lambda summary: frame_type(summary["outputs"]),
    read=_read,
    stimulus=_stimulus,
    difference=_difference,
    unit="between outputs",
    flags=_flags,
)
