"""From an emitted C folder to the program that its task makes of it."""

from pathlib import Path

from ossicle.graph.task import TASKS
from ossicle.run.folder import read_summary
from ossicle.run.interface import interface_of
from ossicle.run.library import Program, build_library


def build(folder: Path) -> Program:
    """Compile an emitted C folder for this computer, or find an earlier build of the very same sources."""
    summary = read_summary(folder)
    interface = interface_of(summary)
    shim = TASKS[summary["task"]].folder / "host.c"
    return interface.program(build_library(folder, shim, interface.flags(summary)))
