"""Kernels for RV32 cores with the packed products of Xpulp or CORE-V."""

from ossicle.kernels.cv32e40p import CV32E40P
from ossicle.kernels.forms import BYTE_PLANES, PLAIN, WIDENED, Form
from ossicle.kernels.kernel import Kernel
from ossicle.kernels.layouts import ROWS, XPULP
from ossicle.kernels.portable import SET as PORTABLE
from ossicle.kernels.sets import KernelSet

_WITH_PLANES = ("matrix", "x", "first_column", "columns", "sums")
"""The range of columns that these take is always all of them."""


def _product(name: str, precision: str, kind: str, operand: Form = PLAIN) -> Kernel:
    return Kernel(
        name,
        "matvec",
        precision,
        _WITH_PLANES if operand == BYTE_PLANES else ("matrix", "x", "sums"),
        XPULP if kind.startswith("s") else ROWS,
        operand,
        f"osc_matrix_{kind}_t",
        shared=True,
        header="osc_byte_planes.h" if operand == BYTE_PLANES else "osc_kernels.h",
        take=f"osc_take_{kind}",
        cycles=CV32E40P.get(name),
    )


_REPLACED = (
    *("osc_requantize_s8", "osc_requantize_s16", "osc_requantize_s32"),
    *("osc_convert_s16_s8", "osc_gru_s16", "osc_lstm_s16"),
)
"""Functions that read what the portable ones read."""

SET = KernelSet(
    "xpulp",
    (
        _product("osc_matvec_w8a8", "w8a8", "s8"),
        _product("osc_matvec_w8a16", "w8a16", "s8"),
        _product("osc_matvec_w4a16", "w4a16", "s4"),
        _product("osc_matvec_w16a16", "w16a16", "s16"),
        _product("osc_matvec_byte_planes_w8a16", "w8a16", "s8", BYTE_PLANES),
        _product("osc_matvec_byte_planes_w4a16", "w4a16", "s4", BYTE_PLANES),
        _product("osc_matvec_f32", "fp32", "f32"),
        _product("osc_matvec_f16", "fp16", "f16", WIDENED),
        Kernel(
            "osc_byte_planes_s16",
            "byte_planes",
            "s16",
            ("from", "columns", "to", "begin", "end"),
            shared=True,
            header="osc_byte_planes.h",
            cycles=CV32E40P["osc_byte_planes_s16"],
        ),
        *(kernel for kernel in PORTABLE.kernels if kernel.name in _REPLACED),
    ),
)
