"""Quantization: calibration, schemes, search of precisions, and integer constants."""

from ossicle.quantize.calibrate import calibrate, clip_arrays, collect_activations
from ossicle.quantize.quantizer import quantize
from ossicle.quantize.ranges import RULES, Ranges
from ossicle.quantize.schemes import SCHEMES, bytes_in

__all__ = [
    "RULES",
    "SCHEMES",
    "Ranges",
    "bytes_in",
    "calibrate",
    "clip_arrays",
    "collect_activations",
    "quantize",
]
