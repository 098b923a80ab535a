"""From an emitted C folder to the program that its task makes of it."""

from pathlib import Path

from ossicle.run.host import HostProgram
from ossicle.run.library import build_library
from ossicle.run.spot import SpotterProgram


def build(folder: Path) -> HostProgram | SpotterProgram:
    """Compile an emitted C folder for this computer, or find an earlier build of the very same sources."""
    library = build_library(folder)
    return SpotterProgram(library) if "labels" in library.summary else HostProgram(library)
