"""Quantization: calibration, schemes, search of precisions, and integer constants."""

from ossicle.numerics.formats import SCHEMES
from ossicle.quantization.calibrate import calibrate, clip_arrays, collect_activations
from ossicle.quantization.quantizer import quantize
from ossicle.quantization.ranges import RULES, Ranges
from ossicle.quantization.schemes import bytes_in

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
