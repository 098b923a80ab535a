"""A toy task: eight readings of a sensor in every frame, and which class they newly are of.

The network hears each reading times a gain of its own. A frame gives the class of the largest output where it
is another one than in the frame before, and -1 where it is the same.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.audio.sound import Sound
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.calibration import Span
from ossicle.graph.task import Clip, Task, TaskBuffer, TaskRecord
from ossicle.programs.interface import Entry, Given, Interface, Summary
from ossicle.programs.library import LibraryProgram, Stream

READINGS = 8
GAIN = np.linspace(0.5, 2, READINGS, dtype=np.float32)


@dataclass(frozen=True)
class Classes(Task):
    """The number of classes."""

    count: int
    name: ClassVar[str] = "classes"

    @property
    def inputs(self) -> tuple[int, ...]:
        """Scaled readings."""
        return (READINGS,)

    @property
    def outputs(self) -> tuple[int, ...]:
        """A score for each class."""
        return (self.count,)

    @property
    def frame_items(self) -> int:
        """Its program reads one reading after the other."""
        return READINGS

    @property
    def timing(self) -> str:
        """Nothing is known."""
        return "now and then"

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return asdict(self)


def hear(readings: np.ndarray) -> np.ndarray:
    """What the network hears of int16 readings ``(frames, 8)``."""
    return readings.astype(np.float32) * np.float32(1 / 32768) * GAIN


def random_readings(graph: Graph, frames: int) -> np.ndarray:
    """Readings one after the other."""
    return np.random.default_rng(3).integers(-32768, 32768, frames * READINGS).astype("<i2")


def read_clips(
    graph: Graph, files: Sequence[Path], earlier: Mapping[str, Span]
) -> tuple[list[Clip], list[str]]:
    """Readings ``(frames, 8)`` in ``.npy`` files."""
    return [hear(np.load(file)) for file in files], []


def read(graph: Graph, given: str | Path | Given | None, seconds: float) -> Sound:
    """Readings, or random ones."""
    if given is None:
        return Sound(random_readings(graph, 20))
    if not isinstance(given, np.ndarray):
        raise OssicleError(f"{graph.name} takes an array of readings")
    return Sound(items({}, given))


def items(summary: Summary, given: Given) -> np.ndarray:
    """Readings one after the other."""
    return np.asarray(given, "<i2").reshape(-1)


@dataclass(frozen=True)
class ClassesProgram(LibraryProgram):
    """A built classifier."""

    @property
    def rate(self) -> None:
        """Nobody knows."""

    def open(self) -> "ClassesStream":
        """Start a stream."""
        return ClassesStream(self)

    def noise(self, frames: int) -> np.ndarray:
        """Silence does for a toy."""
        return np.zeros(frames * READINGS, np.int16)

    def run(self, inputs: Given) -> np.ndarray:
        """The new class of each frame, or -1."""
        return self.open().feed(items(self.summary, inputs))


class ClassesStream(Stream):
    """Frames through a built classifier."""

    def __init__(self, program: ClassesProgram) -> None:
        self._library = program.library.load()
        self.state = np.zeros(self._library.osc_host_state_bytes() // 4, np.float32)
        self._library.osc_host_reset(self.state.ctypes.data_as(ctypes.c_void_p))

    def feed(self, inputs: np.ndarray) -> np.ndarray:
        """Run readings, and return a class for each frame, or -1."""
        readings = np.ascontiguousarray(inputs.reshape(-1, READINGS))
        found = np.zeros(len(readings), "<i4")
        at = (array.ctypes.data_as(ctypes.c_void_p) for array in (self.state, readings, found))
        self._library.osc_host_classify(*at, ctypes.c_size_t(len(readings)))
        return found


RECORD = TaskRecord(
    Classes.name,
    description="classifier of readings",
    verb="run",
    folder=Path(__file__).parent / "templates",
    parse=lambda data: Classes(**data),
    fields=lambda graph: [TaskBuffer("held", "int32_t", 1)],
    scratch=lambda graph, last: [TaskBuffer("scaled", "float", READINGS, 0, 2)],
    tables=lambda graph: {"gain": GAIN},
    summary=lambda graph: graph.task.as_dict(),
    read_clips=read_clips,
    example=lambda graph, seen: hear(random_readings(graph, 100).reshape(-1, READINGS)),
    example_text="random readings",
    compared=lambda graph, inputs, outputs: outputs[0],
    variable_bytes=lambda graph: 2 * READINGS,
    variables=frozenset(("readings",)),
)
INTERFACE = Interface(
    ClassesProgram,
    entry=lambda graph: Entry(("classify",), (2 * READINGS,), (), "readings"),
    items=items,
    result_type=lambda summary: np.dtype("<i4"),
    read=read,
    stimulus=random_readings,
    difference=lambda found, expected: float(np.abs(found - expected).max()),
    unit="between classes",
)
