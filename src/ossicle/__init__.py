"""Ossicle turns a small audio network into verified firmware.

>>> import ossicle
>>> program = ossicle.compile(ossicle.quantize(ossicle.load("gru256"), "mixed"))
>>> stream = program.open()
>>> clean = stream.process(noisy_chunk)  # float32 or int16 at 16 kHz
"""

from ossicle.api import compile, load, quantize
from ossicle.errors import OssicleError
from ossicle.graph.file import Model
from ossicle.run import HostProgram, SpotterProgram, Stream

__version__ = "0.1.0"
__all__ = ["HostProgram", "Model", "OssicleError", "SpotterProgram", "Stream", "compile", "load", "quantize"]
