"""Builds a C folder and runs it."""

from ossicle.run.host import HostProgram, Stream, build

__all__ = ["HostProgram", "Stream", "build"]
