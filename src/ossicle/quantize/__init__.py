"""Quantization: calibration, schemes, search of precisions, and integer constants."""

from ossicle.quantize.calibrate import calibrate, clip_arrays, record
from ossicle.quantize.ranges import RULES, Ranges
from ossicle.quantize.schemes import SCHEMES, quantize

__all__ = ["RULES", "SCHEMES", "Ranges", "calibrate", "clip_arrays", "quantize", "record"]
