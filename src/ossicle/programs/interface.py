"""How the programs of a task are run: what they read and write, and how their C is called.

Each task of :mod:`ossicle.tasks` registers one :class:`Interface`; this module knows none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ossicle.audio.sound import Sound
from ossicle.errors import OssicleError
from ossicle.programs.library import Library, LibraryProgram
from ossicle.registry import Registry

if TYPE_CHECKING:
    from ossicle.graph import Graph

Summary = Mapping[str, Any]
"""What ``model.json`` says."""
Given = np.ndarray | Sequence[np.ndarray] | Mapping[str, np.ndarray]
"""What a program is given in Python: samples, or arrays of its inputs."""


@dataclass(frozen=True)
class Entry:
    """The C function that runs a frame; it takes the state, and then an address for each array."""

    functions: tuple[str, ...]
    """Its name after ``NAME_``, and then those of others that call it."""
    reads: tuple[int, ...]
    """Bytes of each array that it reads."""
    writes: tuple[int, ...]
    """Bytes of each array that it writes."""
    layer: str
    """What a profile calls these functions."""
    returns: bool = False
    """Whether it also returns an int, which stands before what it writes in the result of a frame."""


@dataclass(frozen=True)
class Interface:
    """What runs the programs of a task, on this computer and on chips."""

    program: Callable[[Library], LibraryProgram]
    """The program for this computer."""
    entry: Callable[["Graph"], Entry]
    items: Callable[[Summary, Given], np.ndarray]
    """What a program reads, as it lies in memory, of what it is given: items, of shape ``(n,)``."""
    result_type: Callable[[Summary], np.dtype]
    """What a program writes: items of this type."""
    read: Callable[["Graph", str | Path | Given | None, float], Sound]
    """Items of a file, of arrays, or made up, of at most so many seconds."""
    stimulus: Callable[["Graph", int], np.ndarray]
    """Items for so many frames, made up."""
    difference: Callable[[np.ndarray, np.ndarray], float]
    """The largest one between two outputs of one length."""
    unit: str
    """Of a difference."""
    flags: Callable[[Summary], Sequence[str]] = lambda summary: ()
    """Compiler flags that ``host.c`` needs."""


INTERFACES: Registry[Interface] = Registry("ossicle.tasks", "program")
"""By the task's name; each task registers its own."""
OUTSIDE = "main"
"""What runs outside of the model: start-up, reset, audio hooks. It is no part of a frame's time."""


def interface_of(summary: Summary) -> Interface:
    """The interface of an emitted program; raises :class:`OssicleError` where its task is not known."""
    if summary.get("task") not in INTERFACES:
        raise OssicleError(
            f"the C folder of {summary['name']} is from another version of Ossicle; compile the model again"
        )
    return INTERFACES[summary["task"]]


def layer_functions(graph: "Graph") -> dict[str, list[str]]:
    """The functions of the emitted C by layer, the first one for what runs outside of the model."""
    entry = INTERFACES[graph.task.name].entry(graph)
    return {
        OUTSIDE: ["Reset_Handler", "main", f"{graph.name}_reset"],
        entry.layer: [f"{graph.name}_{function}" for function in entry.functions],
        "front_end": ["front_end"],
        **{node.name: [f"layer_{node.name}"] for node in graph.nodes},
        "back_end": ["back_end"],
    }
