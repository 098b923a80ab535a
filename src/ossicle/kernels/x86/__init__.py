"""Kernels for x86-64 with AVX2 or AVX-512, as far as the compiler may use them; elsewhere they are plain C.

``osc_vectors.h`` is what they know of the instructions.
"""

from dataclasses import replace

from ossicle.kernels.kernel import Kernel, no_scratch
from ossicle.kernels.layouts import PAIRS, QUADS, TALL_BLOCKS, Layout, tall_mostly_zero
from ossicle.kernels.portable import SET as PORTABLE
from ossicle.kernels.sets import KernelSet
from ossicle.numerics.formats import PRECISIONS

SAME = """
    matvec_f32 matvec_f16 lstm_f32 lstm_s16 sigmoid_s16 requantize_s8
    matmat_f32 depthwise_f32 depthwise_w8a16 matmul_f32 matmul_s16
    requantize_s16 requantize_s32 convert_s16_s16 gru_f32 gru_s16 softmax_f32 softmax_s16
    unary_sigmoid_f32 unary_silu_f32 unary_silu_s16 unary_table_s16 binary_mul_s16
    copy_blocks_f32 copy_blocks_s16 fft rfft_split irfft_join
"""
"""What has the arguments and the layouts of the portable kernels."""


def _like_portable(name: str, layout: Layout | None = None) -> Kernel:
    """A function that stands in for the portable one, and may read another layout."""
    portable = next(kernel for kernel in PORTABLE.kernels if kernel.name == name)
    return replace(portable, layout=layout or portable.layout, cycles=None)


def _tall_blocks(name: str, precision: str, widened: bool = False) -> Kernel:
    """A product with weights of which most blocks of 16 rows are zero."""
    return Kernel(
        f"osc_matvec_tall_blocks_{name}",
        "matvec_tall_blocks",
        precision,
        ("matrix", "x", "sums", "scratch") if widened else ("matrix", "x", "sums"),
        TALL_BLOCKS,
        struct=f"osc_matrix_s{PRECISIONS[precision].weight_bits}_t",
        scratch=_wide_operand if widened else no_scratch,
        pays=tall_mostly_zero,
        header="osc_tall_blocks.h",
    )


def _wide_operand(rows: int, columns: int) -> int:
    """Bytes of an operand of int16, in whole words."""
    return 2 * (columns + columns % 2)


SET = KernelSet(
    "x86",
    (
        _tall_blocks("w8a16", "w8a16"),
        _tall_blocks("w4a16", "w4a16"),
        _tall_blocks("widened_w8a8", "w8a8", widened=True),
        _like_portable("osc_matmat_w8a16", PAIRS),
        *(_like_portable(f"osc_{name}", QUADS) for name in ("matmat_w8a8", "matvec_w8a16", "matvec_w8a8")),
        *(_like_portable(f"osc_{name}") for name in SAME.split()),
        Kernel(
            "osc_requantize_positions_s16",
            "requantize_positions",
            "s16",
            ("requantization", "sums", "sums_step", "count", "n", "low", "y", "y_step"),
            header="osc_positions.h",
        ),
    ),
    processors=("x86_64", "amd64"),
)
