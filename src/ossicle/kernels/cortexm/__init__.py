"""Kernels for Cortex-M with the DSP extension (SMLAD and its kin) and the FPU."""

from dataclasses import replace

from ossicle.kernels.kernel import Kernel
from ossicle.kernels.layouts import (
    SMLAD,
    SMLAD_BLOCKS,
    SMLAD_CHANNELS,
    SMLAD_TALL_BLOCKS,
    Layout,
    mostly_zero,
)
from ossicle.kernels.portable import SET as PORTABLE
from ossicle.kernels.sets import KernelSet


def _like_portable(name: str, layout: Layout | None = None) -> Kernel:
    """A function that stands in for the portable one, for one core, and may read another layout."""
    portable = next(kernel for kernel in PORTABLE.kernels if kernel.name == name)
    return replace(portable, layout=layout or portable.layout, take="", cycles=None)


def _eight_wide_operands(rows: int, columns: int) -> int:
    """Bytes of eight operands of an even number of int16."""
    return 16 * (columns + columns % 2)


def _wide_operand(rows: int, columns: int) -> int:
    """Bytes of one operand of an even number of int16."""
    return 2 * (columns + columns % 2)


def _requantize_positions() -> list[Kernel]:
    """What makes results of the sums of a product with several operands."""
    sums = ("requantization", "sums", "sums_step", "count", "n")
    of_codes = ("low", "y", "y_step")
    more = {"s8": ("zero_point", *of_codes), "s16": of_codes, "s32": ()}
    return [
        Kernel(
            f"osc_requantize_positions_{kind}",
            "requantize_positions",
            kind,
            (*sums, *of),
            header="osc_positions.h",
        )
        for kind, of in more.items()
    ]


SET = KernelSet(
    "cortexm",
    (
        *(_like_portable(f"osc_matvec_{name}", SMLAD) for name in ("w8a8", "w8a16", "w4a16", "w16a16")),
        *(_like_portable(f"osc_matvec_blocks_{name}", SMLAD_BLOCKS) for name in ("w8a16", "w4a16")),
        _like_portable("osc_matvec_tall_blocks_w4a16", SMLAD_TALL_BLOCKS),
        Kernel(
            "osc_matvec_blocks_widened_w8a8",
            "matvec_blocks",
            "w8a8",
            ("matrix", "x", "sums", "scratch"),
            SMLAD_BLOCKS,
            struct="osc_matrix_s8_t",
            scratch=_wide_operand,
            pays=mostly_zero,
            header="osc_blocks.h",
        ),
        _like_portable("osc_matmat_w8a16", SMLAD),
        Kernel(
            "osc_matmat_widened_w8a8",
            "matmat",
            "w8a8",
            ("matrix", "x", "x_step", "count", "sums", "y_step", "scratch"),
            SMLAD,
            struct="osc_matrix_s8_t",
            scratch=_eight_wide_operands,
            header="osc_widened.h",
        ),
        *(_like_portable(f"osc_depthwise_{name}", SMLAD_CHANNELS) for name in ("w8a8", "w8a16", "w16a16")),
        *(_like_portable(f"osc_matvec_{name}") for name in ("f32", "f16")),
        _like_portable("osc_dct"),
        *(_like_portable(f"osc_requantize_{name}") for name in ("s8", "s16", "s32")),
        *_requantize_positions(),
        *(_like_portable(f"osc_convert_{name}") for name in ("f16_f32", "f32_s16", "s16_f32", "s16_s16")),
        *(_like_portable(f"osc_unary_{name}_s16") for name in ("prelu", "sigmoid", "silu", "tanh")),
        *(_like_portable(f"osc_{name}_s16") for name in ("binary_mul", "copy_blocks")),
        *(_like_portable(f"osc_{name}_s16") for name in ("gru", "lstm", "matmul", "sigmoid", "softmax")),
    ),
)
