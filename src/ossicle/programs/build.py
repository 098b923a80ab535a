"""From an emitted C folder to the program that its task makes of it on this computer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ossicle.graph.task import TASKS
from ossicle.programs.interface import interface_of
from ossicle.programs.library import Library, LibraryProgram, build_library


def build_library_program(
    folder: Path, summary: Mapping[str, Any], shims: Sequence[Path] = (), copies: bool = False
) -> LibraryProgram:
    """Compile a C folder with what Python calls of its task, and with ``shims`` of its platform.

    ``copies`` says whether it goes on copying into a state between two frames.
    """
    interface = interface_of(summary)
    of_task = TASKS[summary["task"]].folder / "host.c"
    path = build_library(folder, summary, [of_task, *shims], interface.flags(summary))
    return interface.program(Library(path, summary, copies))
