"""Kernels for Cortex-M with Helium (MVE), in integers: vectors of 128 bits; predicates end the last one.

``osc_helium.h`` is what they share. Weights lie as the portable kernels read them.
"""

from dataclasses import replace

from ossicle.kernels.kernel import Kernel
from ossicle.kernels.portable import SET as PORTABLE
from ossicle.kernels.sets import KernelSet

SAME = """
    matvec_w8a8 matvec_w8a16 requantize_s8 requantize_s16 requantize_s32 sigmoid_s16 gru_s16 lstm_s16
"""
"""What has the arguments and the layouts of the portable kernels."""


def _like_portable(name: str) -> Kernel:
    """A function that stands in for the portable one, for one core."""
    portable = next(kernel for kernel in PORTABLE.kernels if kernel.name == name)
    return replace(portable, take="", cycles=None)


SET = KernelSet("helium", tuple(_like_portable(f"osc_{name}") for name in SAME.split()))
