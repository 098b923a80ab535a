"""Programs that Python runs: what those of a task read and write, and C as a library of this computer."""

from ossicle.programs.library import LibraryProgram, Program, Stream

__all__ = ["LibraryProgram", "Program", "Stream"]
