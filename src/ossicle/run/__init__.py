"""Builds an emitted C folder and runs it: on this computer, on emulators, on RTL cores."""

from ossicle.run.host import HostProgram, Stream
from ossicle.run.programs import build
from ossicle.run.spot import SpotterProgram, SpotterStream

__all__ = ["HostProgram", "SpotterProgram", "SpotterStream", "Stream", "build"]
