"""Kernels for Cortex-M with the DSP extension (SMLAD and its kin) and the FPU."""

from dataclasses import replace

from ossicle.kernels.kernel import Kernel
from ossicle.kernels.layouts import SMLAD, SMLAD_CHANNELS, Layout
from ossicle.kernels.portable import SET as PORTABLE
from ossicle.kernels.sets import KernelSet


def _like_portable(name: str, layout: Layout | None = None) -> Kernel:
    """A function that stands in for the portable one, for one core, and may read another layout."""
    portable = next(kernel for kernel in PORTABLE.kernels if kernel.name == name)
    return replace(portable, layout=layout or portable.layout, take="", cycles=None)


SET = KernelSet(
    "cortexm",
    (
        *(_like_portable(f"osc_matvec_{name}", SMLAD) for name in ("w8a8", "w8a16", "w4a16", "w16a16")),
        *(_like_portable(f"osc_depthwise_{name}", SMLAD_CHANNELS) for name in ("w8a8", "w8a16", "w16a16")),
        *(_like_portable(f"osc_matvec_{name}") for name in ("f32", "f16")),
        *(_like_portable(f"osc_requantize_{name}") for name in ("s8", "s16", "s32")),
        _like_portable("osc_convert_f16_f32"),
    ),
)
