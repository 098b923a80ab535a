"""From an emitted C folder to the program that its task makes of it."""

from pathlib import Path

from ossicle.programs import LibraryProgram
from ossicle.programs.build import build_library_program
from ossicle.programs.folder import own_summary


def build(folder: Path) -> LibraryProgram:
    """Compile an emitted C folder for this computer, or find an earlier build of the very same sources."""
    return build_library_program(folder, own_summary(folder, "host", "this computer"))
