"""From a float graph to a graph with precisions: calibration, schemes, and the integer constants."""

from ossicle.quantize.calibrate import calibrate
from ossicle.quantize.schemes import SCHEMES, quantize

__all__ = ["SCHEMES", "calibrate", "quantize"]
