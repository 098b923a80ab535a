"""Kernels for WebAssembly with vectors of 128 bits.

``osc_four_rows.h`` is what they know of the instructions, with a plain loop for compilers without them.
"""

from dataclasses import replace

from ossicle.kernels.portable import SET as PORTABLE
from ossicle.kernels.sets import KernelSet

NAMES = ("osc_matvec_w8a8", "osc_matvec_w8a16")

SET = KernelSet(
    "wasm",
    tuple(replace(kernel, take="", cycles=None) for kernel in PORTABLE.kernels if kernel.name in NAMES),
    processors=("wasm32",),
)
