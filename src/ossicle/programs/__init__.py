"""Builds an emitted C folder and runs it: on this computer, on emulators, on RTL cores."""

from ossicle.run.library import Program, Stream
from ossicle.run.programs import build

__all__ = ["Program", "Stream", "build"]
