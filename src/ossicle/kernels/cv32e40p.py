"""The cycle table of the CV32E40P: kernels on one core that is alone, all operands in L1.

From the first instruction of a function, compiled by zig 0.17 with ``-O2``, to its return. What a loop takes
is counted from its instructions: one cycle each, but five for ``mulh`` and two for a load that the next one
waits for. What surrounds the loops is fitted to calls on the RTL. Operands begin at multiples of four, and
factors are under a half, unless they are said to be coarse. ``tests/kernels/test_cycle_table.py`` compares
the table with that RTL: it is within 5 %.

The loops over groups of four rows bound products at 1.78 multiply-accumulates a cycle in w8a8, 1.14 in
w8a16, 1.00 in w4a16 and 0.89 in w16a16. With 128 rows and 256 columns, the functions reach 1.72, 1.10,
0.96 and 0.87. Those of w8a16 and w4a16 are of operands in byte planes.

Floats are those of the FPU of the CV32E40P, with a register between its two stages, which knows no halves:
these are widened by instructions for integers, and a product takes twice as long as one of floats. GAP9
multiplies pairs of halves; nothing here runs it, so that these products are only counted from the
instructions of ``osc_matvec_f16.c``, one cycle each, and two for a load that is not at a multiple of four.

The transforms that workers share were fitted with what surrounds them: to that of the front end belong the
framing and the conversion of samples, to that of the back end the mask too.

Operations of a floating-point unit, and divisions and roots, are counted from the C.
"""

from collections.abc import Mapping

from ossicle.kernels.cycles import (
    Both,
    BytePlanes,
    Cycles,
    Elements,
    FloatProduct,
    GroupedProduct,
    HalfProduct,
    Requantization,
    Transform,
    Variants,
    Work,
)

_FLOATS = FloatProduct(42, Work(92, 32), Work(77, 32), Work(11, 2))
# Of 16 columns in pairs: 8 loads of pairs; 8 products, all but 2 of them added in the same operation; 9 to
# make a float of two sums of pairs, 7 of them in floating point; 3 to add it to the result, 1 of them; the
# pointer. Of their operands: 16 loads, 16 to narrow them, 8 to store pairs, and a loop. A row that begins
# between two words has 8 loads of two cycles.
_HALVES = HalfProduct(
    FloatProduct(52, Work(100, 33), Work(172, 48), Work(16, 3)),
    FloatProduct(50, Work(20, 2), Work(29, 16), Work(10, 3)),
    operands=Work(42, 16),
    apart=8,
)

CV32E40P: Mapping[str, Cycles] = {
    "osc_matvec_w8a8": GroupedProduct(4, 50, (8, 19, 20, 19), (4, 5, 7, 9), (3, 7, 10, 11), 8),
    "osc_matvec_w16a16": GroupedProduct(2, 52, (8, 19, 20, 20), (4, 5, 7, 9), (3, 7, 10, 11), 1),
    "osc_matvec_byte_planes_w8a16": GroupedProduct(4, 69, (11, 27, 31, 32), (5, 8, 11, 14), (5, 8, 11, 14)),
    "osc_matvec_byte_planes_w4a16": GroupedProduct(
        8, 71, (14, 36, 38, 37), (11, 18, 25, 32), (11, 18, 25, 32)
    ),
    "osc_matvec_f32": _FLOATS,
    "osc_matvec_f16": _HALVES,
    "osc_byte_planes_s16": BytePlanes(12, 7, 7, 14, 25),
    "osc_requantize_s8": Requantization(19, 15, 47),
    "osc_requantize_s16": Requantization(21, 13, 47),
    "osc_requantize_s32": Requantization(20, 14, 21),
    "osc_activate_f16": Variants(
        {"none": Elements(62, 35, 3), "relu": Elements(62, 35, 4), "sigmoid": Elements(62, 108, 29, 1)}
    ),
    "osc_linear_f32": Both(
        _FLOATS,
        Variants({"none": Elements(67, 12), "relu": Elements(67, 13, 1), "sigmoid": Elements(67, 86, 26, 1)}),
    ),
    "osc_sigmoid_s16": Elements(14, 24),
    # Of values between the limits, which take longest.
    "osc_clamp_values_s8": Elements(6, 8),
    "osc_clamp_values_s16": Elements(8, 9),
    "osc_clamp_values_f32": Elements(7, 14, 2),
    "osc_clamp_values_f16": Elements(22, 52, 2),
    "osc_lstm_s16": Elements(58, 127),
    "osc_lstm_f16": Elements(108, 442, 147, 5),
    "osc_lstm_f32": Elements(79, 382, 140, 5),
    "osc_gru_s16": Elements(33, 72),
    "osc_gru_f16": Elements(88, 281, 91, 3),
    "osc_gru_f32": Elements(62, 241, 87, 3),
    "osc_convert_s16_s8": Elements(18, 11),
    "osc_convert_f32_s8": Elements(16, 24, 6),
    "osc_convert_f32_s16": Elements(18, 24, 6),
    "osc_convert_s8_f32": Elements(1, 12, 2),
    "osc_convert_s16_f32": Elements(1, 11, 2),
    "osc_convert_f16_f32": Elements(13, 13, 1),
    "osc_convert_f32_f16": Elements(16, 32, 3),
    "osc_magnitude": Elements(0, 28, 4, 1),
    "osc_follow_level": Elements(37, 8, 2),
    "osc_compress": Elements(22, 73, 4, 3),
    "osc_parallel_stft": Transform(Work(9.06, 3.2), 320),
    "osc_parallel_istft": Transform(Work(10.0, 3.5), 370),
}
"""By the name of the function."""
