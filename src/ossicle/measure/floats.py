"""Cycles of one worker in the kernels for floats.

Those of fp32, and what surrounds products of halves, are the portable kernels', fitted to the RTL of the CV32E40P
with its FPU, compiled as those of :mod:`ossicle.measure.xpulp`. Products of halves are GAP9's vectors of two, which
nothing here runs: they are counted from the instructions of ``kernels/xpulp/osc_matvec_f16.c``, one cycle each, if
each core has a unit for itself. Conversions of halves on GAP9 are an instruction each, which the RTL does without.
"""

BLOCK = 16
"""Columns of halves that are taken at once."""
PAIRS_OF_A_ROW, OPERANDS = 26, 42
"""Of each block: of each row 8 loads, 8 products, 10 to add up; and to narrow the operands once."""
LEFT = 8
"""Of each product in columns that fill no block."""
F32_PRODUCT = 14.5
GATES = {"lstm_f32": 384, "gru_f32": 242, "lstm_f16": 390, "gru_f16": 245}
"""Of a unit."""
FINISH = {"none": 5, "relu": 6, "sigmoid": 82}
"""Of a row; fp32 has none but that of its activation."""
CONVERSIONS = {"f16_f32": 4, "f32_f16": 5}
CALL = 60


def matvec(precision: str, rows: int, columns: int) -> float:
    """Cycles of ``osc_matvec_f32`` or ``osc_matvec_f16``."""
    if precision == "fp32":
        return CALL + F32_PRODUCT * rows * columns
    blocks, left = divmod(columns, BLOCK)
    return CALL + blocks * (OPERANDS + PAIRS_OF_A_ROW * rows) + LEFT * left * rows


def finish(activation: str, rows: int) -> float:
    """Cycles of ``osc_finish_f16``, or of the activations of ``osc_linear_f32``."""
    return CALL / 2 + FINISH[activation] * rows


def gates(op: str, units: int) -> float:
    """Cycles of ``osc_OP``, such as ``"lstm_f16"``."""
    return CALL + GATES[op] * units


def convert(kind: str, n: int) -> float:
    """Cycles of ``osc_convert_KIND``."""
    return CALL / 3 + CONVERSIONS[kind] * n
