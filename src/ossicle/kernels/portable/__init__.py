"""The portable kernels, which every target falls back to: plain C99, the bits that all others must give."""

from itertools import chain

from ossicle.kernels.cv32e40p import CV32E40P
from ossicle.kernels.forms import WIDENED
from ossicle.kernels.kernel import Kernel
from ossicle.kernels.layouts import (
    BLOCKS,
    COLUMNS,
    ROWS,
    TALL_BLOCKS,
    mostly_zero,
    mostly_zero_of_4_bits,
    tall_mostly_zero_of_4_bits,
)
from ossicle.kernels.portable.elementwise import binary_kernels, gather_kernels, other_kernels, unary_kernels
from ossicle.kernels.sets import KernelSet

_INTEGERS = {"w8a8": "s8", "w8a16": "s8", "w4a16": "s4", "w16a16": "s16"}
"""Precisions, and what their matrices hold."""
_FLOATS = {"fp32": "f32", "fp16": "f16"}


def _operand_and_sums(rows: int, columns: int) -> int:
    """Bytes of them as floats."""
    return 4 * (rows + columns)


def _products() -> list[Kernel]:
    """Matrix-vector products, in floats with bias; those of integers are the bare sums."""
    integers = [
        Kernel(
            f"osc_matvec_{precision}",
            "matvec",
            precision,
            ("matrix", "x", "sums"),
            ROWS,
            struct=f"osc_matrix_{kind}_t",
            shared=True,
            take=f"osc_take_rows_{kind}",
            take_header="osc_slice_rows.h",
        )
        for precision, kind in _INTEGERS.items()
    ]
    single = Kernel(
        "osc_matvec_f32",
        "matvec",
        "fp32",
        ("matrix", "x", "sums"),
        ROWS,
        struct="osc_matrix_f32_t",
        shared=True,
        take="osc_take_f32",
        cycles=CV32E40P["osc_matvec_f32"],
    )
    half = Kernel(
        "osc_matvec_f16",
        "matvec",
        "fp16",
        ("matrix", "x", "sums"),
        ROWS,
        WIDENED,
        "osc_matrix_f16_t",
        shared=True,
        take="osc_take_f16",
        cycles=CV32E40P["osc_matvec_f16"],
    )
    return [*integers, single, half]


def _products_of_blocks() -> list[Kernel]:
    """Products with weights most of whose blocks are zero."""
    tall = Kernel(
        "osc_matvec_tall_blocks_w4a16",
        "matvec_tall_blocks",
        "w4a16",
        ("matrix", "x", "sums"),
        TALL_BLOCKS,
        struct="osc_matrix_s4_t",
        pays=tall_mostly_zero_of_4_bits,
        header="osc_blocks.h",
    )
    return [
        tall,
        *(
            Kernel(
                f"osc_matvec_blocks_{precision}",
                "matvec_blocks",
                precision,
                ("matrix", "x", "sums"),
                BLOCKS,
                struct=f"osc_matrix_{_INTEGERS[precision]}_t",
                pays=pays,
                header="osc_blocks.h",
            )
            for precision, pays in (
                ("w8a8", mostly_zero),
                ("w8a16", mostly_zero),
                ("w4a16", mostly_zero_of_4_bits),
            )
        ),
    ]


def _products_of_several() -> list[Kernel]:
    """Products of a matrix with several operands at once, and the dense layer of them."""
    where = ("x", "x_step", "count")
    integers = [
        Kernel(
            f"osc_matmat_{precision}",
            "matmat",
            precision,
            ("matrix", *where, "sums", "y_step"),
            COLUMNS,
            struct=f"osc_matrix_{kind}_t",
        )
        for precision, kind in _INTEGERS.items()
        if kind != "s4"
    ]
    single = Kernel(
        "osc_matmat_f32",
        "matmat",
        "fp32",
        ("matrix", *where, "sums", "y_step"),
        COLUMNS,
        struct="osc_matrix_f32_t",
    )
    layer = Kernel(
        "osc_linear_positions_f32",
        "linear_positions",
        "fp32",
        ("layer", *where, "y", "y_step"),
        COLUMNS,
        struct="osc_matrix_f32_t",
        layer="osc_linear_f32_t",
        inner="matmat",
    )
    return [*integers, single, layer]


def _dense() -> list[Kernel]:
    """Products of floats with bias and activation function. Each core would widen halves again."""
    single = Kernel(
        "osc_linear_f32",
        "linear",
        "fp32",
        ("layer", "x", "y"),
        ROWS,
        struct="osc_matrix_f32_t",
        layer="osc_linear_f32_t",
        inner="matvec",
        shared=True,
        take="osc_take_f32",
        cycles=CV32E40P["osc_linear_f32"],
    )
    half = Kernel(
        "osc_linear_f16",
        "linear",
        "fp16",
        ("layer", "x", "y", "scratch"),
        ROWS,
        struct="osc_matrix_f16_t",
        layer="osc_linear_f16_t",
        inner="matvec",
        scratch=_operand_and_sums,
    )
    return [single, half]


def _depthwise() -> list[Kernel]:
    """Products of each channel of one output position with its own row."""
    integers = [
        Kernel(
            f"osc_depthwise_{precision}",
            "depthwise",
            precision,
            ("matrix", "geometry", "input", "position", *zero_point, "sums"),
            COLUMNS,
            struct=f"osc_matrix_{kind}_t",
        )
        for precision, kind in _INTEGERS.items()
        for zero_point in [("zero_point",) if precision == "w8a8" else ()]
    ]
    floats = [
        Kernel(
            f"osc_depthwise_{kind}",
            "depthwise",
            precision,
            ("layer", "geometry", "input", "position", "y"),
            COLUMNS,
            struct=f"osc_matrix_{kind}_t",
            layer=f"osc_linear_{kind}_t",
        )
        for precision, kind in _FLOATS.items()
    ]
    return [*integers, *floats]


def _after_products() -> list[Kernel]:
    """What turns sums into activations, and the gates of recurrent layers."""
    parameters = {
        "osc_requantize_s8": ("requantization", "sums", "n", "zero_point", "low", "y"),
        "osc_requantize_s16": ("requantization", "sums", "n", "low", "y"),
        "osc_requantize_s32": ("requantization", "sums", "n", "limit"),
    }
    requantize = [
        Kernel(name, "requantize", name.rpartition("_")[2], of, shared=True, cycles=CV32E40P[name])
        for name, of in parameters.items()
    ]
    requantize += [
        Kernel(
            f"osc_requantize_{rounding}_{kind}", f"requantize_{rounding}", kind, parameters[like], shared=True
        )
        for rounding, kind in (("float32", "s8"), ("float32", "s16"), ("twice", "s8"))
        for like in [f"osc_requantize_{kind}"]
    ]
    requantize.append(
        Kernel(
            "osc_requantize_twice_s32",
            "requantize_twice",
            "s32",
            ("requantization", "sums", "n"),
            shared=True,
        )
    )
    gates = [
        Kernel(name, op, kind, ("sums", *states, "n"), shared=True, cycles=CV32E40P[name])
        for op, states in (("gru", ("h",)), ("lstm", ("h", "c")))
        for kind in ("f32", "f16", "s16")
        for name in [f"osc_{op}_{kind}"]
    ]
    others = {
        "osc_activate_f16": ("activate", "f16", ("sums", "n", "activation", "y")),
        "osc_sigmoid_s16": ("sigmoid", "s16", ("sums", "y", "n")),
    }
    clamps = [
        Kernel(
            name,
            "clamp",
            kind,
            ("y", "n", "low", "high"),
            shared=True,
            header="osc_clamp_values.h",
            cycles=CV32E40P[name],
        )
        for kind in ("f32", "f16", "s8", "s16")
        for name in [f"osc_clamp_values_{kind}"]
    ]
    return [
        *requantize,
        *gates,
        *clamps,
        *(Kernel(name, *of, shared=True, cycles=CV32E40P[name]) for name, of in others.items()),
    ]


def _lstm_codes() -> list[Kernel]:
    """Steps of an LSTM in the integers of other runtimes."""
    before, added = ("sums", "h", "c", "n", "cell_bits", "clip"), ("add_multiplier", "add_shift")
    hidden = ("multiplier", "shift", "zero_point")
    kinds = (("float32", "s8", ()), ("twice", "s8", added), ("twice", "s16", added))
    return [
        Kernel(
            f"osc_lstm_codes_{rounding}_{kind}",
            f"lstm_codes_{rounding}",
            kind,
            (*before, *more, *hidden),
            header="osc_lstm_codes.h",
        )
        for rounding, kind, more in kinds
    ]


def _conversions() -> list[Kernel]:
    """Of n values into another element type."""
    more = {
        "f32_f16": (),
        "f16_f32": (),
        "f32_s8": ("inverse_scale", "zero_point"),
        "f32_s16": ("inverse_scale",),
        "s8_f32": ("scale", "zero_point"),
        "s16_f32": ("scale",),
        "s16_s8": ("multiplier", "shift", "zero_point"),
        "s16_s16": ("multiplier", "shift"),
        "s8_s16": ("multiplier", "shift", "from_zero_point"),
        "s8_s8": ("multiplier", "shift", "from_zero_point", "zero_point"),
    }
    return [
        Kernel(name, "convert", types, ("from", "to", "n", *of), shared=True, cycles=CV32E40P.get(name))
        for types, of in more.items()
        for name in [f"osc_convert_{types}"]
    ]


def _maps() -> list[Kernel]:
    """What slides over a feature map without weights, the softmax, and products of activations."""
    pools = [
        Kernel(f"osc_{pool}_{kind}", pool, kind, ("geometry", "input", "y"))
        for pool in ("average_pool", "max_pool")
        for kind in ("f32", "s8", "s16")
    ]
    pools += [
        Kernel(f"osc_average_pool_away_{kind}", "average_pool_away", kind, ("geometry", "input", "y"))
        for kind in ("s8", "s16")
    ]
    matmul = ("shape", "a", "b", "y")
    zero_points = ("a_zero_point", "b_zero_point", "multiplier", "shift", "y_zero_point")
    return [
        *pools,
        Kernel("osc_matmul_f32", "matmul", "f32", matmul),
        Kernel("osc_matmul_s8", "matmul", "s8", (*matmul, *zero_points)),
        Kernel("osc_matmul_s16", "matmul", "s16", (*matmul, "multiplier", "shift")),
        Kernel("osc_softmax_f32", "softmax", "f32", ("input", "y", "n")),
        Kernel("osc_softmax_s16", "softmax", "s16", ("input", "y", "n", "multiplier", "shift")),
        Kernel(
            "osc_softmax_float32_s8",
            "softmax_float32",
            "s8",
            ("input", "y", "n", "powers", "scale", "zero_point"),
        ),
        Kernel(
            "osc_softmax_twice_s8",
            "softmax_twice",
            "s8",
            ("input", "y", "n", "multiplier", "shift", "largest", "zero_point"),
        ),
        Kernel(
            "osc_softmax_by_tables_s16",
            "softmax_by_tables",
            "s16",
            ("input", "y", "n", "powers", "reciprocals", "multiplier", "shift"),
        ),
        Kernel("osc_lookup_s8", "lookup", "s8", ("input", "y", "table", "outer", "size", "inner")),
        Kernel("osc_im2col", "im2col", "", ("geometry", "input", "bytes", "position", "outside", "values")),
        Kernel(
            "osc_im2col_all",
            "im2col_all",
            "",
            ("geometry", "input", "bytes", "position", "count", "outside", "values"),
        ),
    ]


_AROUND = (
    *("fft", "fft_order", "fft_reverse", "fft_pairs", "fft_pass", "fft_odd", "fft_threes", "fft_fives"),
    *("rfft", "rfft_split", "irfft", "irfft_join"),
    *("stft", "stft_frame", "istft", "istft_add", "from_pcm16", "to_pcm16"),
    *("magnitude", "raised_magnitude", "log_power", "follow_level", "compress"),
    *("split_parts", "join_parts", "raise_parts"),
    *("apply_mask", "apply_mask_above", "apply_complex_mask"),
    *("power", "mel_bands", "mel_frame", "mel_patch", "mel_reset", "logarithms", "dct", "emphasize"),
    "detect",
    *("fixed_rfft", "micro_window", "micro_channels", "micro_reduce_noise", "micro_control_gain"),
    *("micro_log", "microfrontend", "detect_voice"),
)
"""What tasks do around their networks; their templates call these."""

SET = KernelSet(
    "portable",
    tuple(
        chain(
            _products(),
            _products_of_blocks(),
            _products_of_several(),
            _dense(),
            _depthwise(),
            _after_products(),
            _lstm_codes(),
            _conversions(),
            _maps(),
            gather_kernels(),
            binary_kernels(),
            unary_kernels(),
            other_kernels(),
            (
                Kernel(f"osc_{name}", name, shared=True, cycles=CV32E40P.get(f"osc_{name}"))
                for name in _AROUND
            ),
        )
    ),
    plain=True,
)
