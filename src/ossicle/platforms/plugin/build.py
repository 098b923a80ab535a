"""From an emitted C folder to the program that Python calls: the suppressor alone."""

from pathlib import Path

from ossicle.programs import LibraryProgram
from ossicle.programs.build import build_library_program
from ossicle.programs.folder import own_summary


def build(folder: Path) -> LibraryProgram:
    """Compile what is in the plug-in for this computer; ``make`` in the folder builds the plug-in itself."""
    return build_library_program(folder, own_summary(folder, "plugin", "a plug-in"))
