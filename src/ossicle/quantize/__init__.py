"""Quantization: calibration, schemes, search of precisions, and integer constants."""

from ossicle.quantize.calibrate import calibrate, record
from ossicle.quantize.ranges import RULES, Ranges
from ossicle.quantize.schemes import SCHEMES, quantize

__all__ = ["RULES", "SCHEMES", "Ranges", "calibrate", "quantize", "record"]
