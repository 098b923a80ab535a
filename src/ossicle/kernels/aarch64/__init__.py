"""Kernels for 64-bit Arm: NEON, which all of them have, and SDOT where the compiler may use it.

``osc_neon.h`` is what they know of vectors.
"""

from dataclasses import replace

from ossicle.kernels.kernel import Kernel
from ossicle.kernels.layouts import GROUPS, Layout
from ossicle.kernels.portable import SET as PORTABLE
from ossicle.kernels.sets import KernelSet

SAME = """
    matvec_f32 matvec_f16 matmat_f32 depthwise_f32 depthwise_w8a16
    requantize_s8 requantize_s16 requantize_s32 sigmoid_s16 activate_f16
    gru_s16 gru_f16 lstm_s16 lstm_f16 convert_f16_f32 convert_f32_f16
"""
"""What has the arguments and the layouts of the portable kernels."""


def _like_portable(name: str, layout: Layout | None = None) -> Kernel:
    """A function that stands in for the portable one, for one core, and may read another layout."""
    portable = next(kernel for kernel in PORTABLE.kernels if kernel.name == name)
    return replace(portable, layout=layout or portable.layout, take="", cycles=None)


SET = KernelSet(
    "aarch64",
    (
        *(_like_portable(f"osc_matvec_{name}", GROUPS) for name in ("w8a8", "w8a16")),
        *(_like_portable(f"osc_{name}") for name in SAME.split()),
    ),
    processors=("aarch64", "arm64"),
)
