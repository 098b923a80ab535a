"""What a task is to all stages, and the tasks that there are.

A task is a folder of :mod:`ossicle.tasks` that registers one :class:`TaskRecord`; this module knows none.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.calibration import Span
from ossicle.registry import Registry

if TYPE_CHECKING:
    from ossicle.graph.graph import Graph
    from ossicle.graph.model import Model

Clip = np.ndarray | Sequence[np.ndarray] | Mapping[str, np.ndarray]
"""What a network hears: an array ``(frames, *shape)`` for each input, in their order or by name.

A network of one input may get the array alone.
"""


@dataclass(frozen=True)
class End:
    """An input or output of a network of others, by its name in the file."""

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        return f"{self.name!r} has {self.size} values ({' x '.join(map(str, self.shape)) or '1'})"


@dataclass(frozen=True)
class Ends:
    """What goes into a network of others in each step, and what comes out; states are left out."""

    inputs: tuple[End, ...]
    outputs: tuple[End, ...]
    name: str = "network"
    """Of the network."""


class Task(ABC):
    """What a graph must know of its task; each task has a frozen dataclass of its own settings."""

    name: ClassVar[str]

    @property
    def record(self) -> "TaskRecord":
        """What all stages know of the task."""
        return TASKS[self.name]

    @property
    @abstractmethod
    def inputs(self) -> tuple[int, ...] | None:
        """Sizes of the network's inputs; None where it may have any."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[int, ...] | None:
        """Sizes of the network's outputs; None where it may have any."""

    @property
    @abstractmethod
    def frame_items(self) -> int:
        """Items that a frame takes of what its program reads: samples, or one where it reads frames."""

    @property
    def lead(self) -> int:
        """Frames at the start in which the network does not run yet, since its input is not complete."""
        return 0

    @property
    def rate(self) -> float | None:
        """Frames a second; None where nobody knows."""
        return None

    @property
    def frame_ms(self) -> float | None:
        """Milliseconds that a frame lasts; None where nobody knows."""
        return 1e3 / self.rate if self.rate else None

    @property
    @abstractmethod
    def timing(self) -> str:
        """When its frames come, in a few words."""

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header; :attr:`TaskRecord.parse` reads it."""


@dataclass(frozen=True)
class TaskBuffer:
    """An array of the state struct, whose live range is from time ``first`` to time ``last`` of a frame.

    Times are counted: 0 samples in, 1 transform, 2 the network's inputs, then the graph's nodes in order,
    then what the task makes of their outputs. What keeps its value from frame to frame has no live range.
    """

    name: str
    c_type: str
    count: int
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class EndCall:
    """A call of a kernel in a front end or a back end: its operation, and how many elements it is of."""

    operation: str
    size: int
    shared: bool = True
    """Whether the workers of a cluster divide the elements, or wait while one of them does it all."""


@dataclass(frozen=True)
class Parallel:
    """What surrounds a network on a cluster, where all workers share it."""

    units: int
    """Of the front end, and of the back end, which the workers divide among them."""
    front_end: tuple[EndCall, ...]
    """What counts of it; a transform's elements are its points."""
    back_end: tuple[EndCall, ...]
    table_bytes: int
    """Of tables that are copied into L1."""


def _nothing(graph: "Graph") -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class TaskRecord:
    """One task, as data and functions of a graph.

    How its program is called and what it reads and writes is :class:`ossicle.programs.interface.Interface`.
    """

    name: str
    description: str
    """What a network of this task is, such as ``"noise suppressor"``."""
    verb: str
    """The command that uses such a network, such as ``"denoise"``."""
    folder: Path
    """Holds its templates: ``model.h.j2``, ``model.c.j2``, ``main.c.j2``, ``host.c``; what is in ``chip``
    goes to a chip too, and ``cluster.j2`` has the front end and the back end that workers share."""
    parse: Callable[[Mapping[str, Any]], Task]
    """From what :meth:`Task.as_dict` gave."""
    scratch: Callable[["Graph", int], Sequence[TaskBuffer]]
    """Its scratch buffers; the network's outputs are read at the time of that number."""
    summary: Callable[["Graph"], Mapping[str, Any]]
    """What ``model.json`` says of it."""
    read_clips: Callable[["Graph", Sequence[Path], Mapping[str, Span]], tuple[Sequence[Clip], Sequence[str]]]
    """Calibration data of files, and sentences about their flaws.

    It gets what the tensors held in an earlier calibration, if there was one.
    """
    example: Callable[["Graph", Mapping[str, Span]], Clip]
    """A clip where there are no files, from what calibration saw."""
    example_text: str
    """What that is, such as ``"a synthetic voice in noise"``."""
    compared: Callable[["Graph", Sequence[np.ndarray], Sequence[np.ndarray]], np.ndarray]
    """What the output error compares, from the inputs and outputs of all frames, each ``(..., size)``."""
    variable_bytes: Callable[["Graph"], int]
    """Bytes that the program of a chip keeps outside of the state struct: a frame's input."""
    read_front_end: Callable[[Mapping[str, Any], Ends], Task] | None = None
    """The task of an imported network, from the keys of a front-end file and the ends that these must fit.

    It gets no keys where there is no such file. It raises :class:`OssicleError` where it needs some, where it
    does not know one, and where what surrounds the network does not fit its ends. None where networks of
    this task cannot be imported.
    """
    fields: Callable[["Graph"], Sequence[TaskBuffer]] = lambda graph: ()
    """What it keeps in the state struct from frame to frame."""
    tables: Callable[["Graph"], Mapping[str, np.ndarray]] = _nothing
    """Its constant tables, by their names in the C."""
    values: Callable[["Graph"], Mapping[str, Any]] = _nothing
    """What its templates need besides the graph."""
    constants: frozenset[str] = frozenset()
    """Names of constants and functions of its C, which no node and no tensor may have."""
    variables: frozenset[str] = frozenset()
    """Names of variables of its C, which no tensor may have."""
    parallel: Callable[["Graph"], Parallel] | None = None
    """None where a cluster cannot run it."""
    streams: bool = False
    """Whether its C can take a frame of several streams at once."""
    scores: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Columns of the list of models, with the key of the score and its form."""


TASKS: Registry[TaskRecord] = Registry("ossicle.tasks", "record")
"""Tasks by name; :func:`register` fills it."""


def register(record: TaskRecord) -> TaskRecord:
    """Make a task known to all stages; raises ValueError where its name is taken."""
    return TASKS.add(record.name, record)


def parse_task(data: Mapping[str, Any]) -> Task:
    """The task that a file header names; raises :class:`OssicleError` where this version has none of it."""
    if data["name"] not in TASKS:
        raise OssicleError(
            f"the model is for the unknown task {data['name']!r}; this version knows {', '.join(TASKS)}"
        )
    return TASKS[data["name"]].parse({key: value for key, value in data.items() if key != "name"})


def need_task(model: "Model", task: str, name: str = "") -> None:
    """Raise :class:`OssicleError` where a model, called ``name``, is not for a task."""
    found, needed = model.graph.task.record, TASKS[task]
    if found.name != needed.name:
        raise OssicleError(
            f"{name or model.graph.name} is a {found.description}, which ossicle {found.verb} takes; "
            f"name a {needed.description}, ossicle models lists some"
        )
