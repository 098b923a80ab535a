"""Layouts: the order in which the elements of a weight lie in memory, a file for each family.

A kernel's record names the layout that it reads. A table that was packed for one kernel is read wrongly by
another one, so nothing but the record decides.
"""

from ossicle.kernels.layouts.blocks import (
    BLOCKS,
    SMLAD_BLOCKS,
    SMLAD_TALL_BLOCKS,
    TALL_BLOCKS,
    mostly_zero,
    mostly_zero_of_4_bits,
    tall_mostly_zero,
    tall_mostly_zero_of_4_bits,
)
from ossicle.kernels.layouts.groups import GROUPS
from ossicle.kernels.layouts.layout import Layout, tables_of_words
from ossicle.kernels.layouts.pairs import PAIRS
from ossicle.kernels.layouts.quads import QUADS
from ossicle.kernels.layouts.rows import COLUMNS, ROWS
from ossicle.kernels.layouts.smlad import SMLAD, SMLAD_CHANNELS
from ossicle.kernels.layouts.xpulp import XPULP, row_groups

__all__ = [
    "BLOCKS",
    "COLUMNS",
    "GROUPS",
    "PAIRS",
    "QUADS",
    "ROWS",
    "SMLAD",
    "SMLAD_BLOCKS",
    "SMLAD_CHANNELS",
    "SMLAD_TALL_BLOCKS",
    "TALL_BLOCKS",
    "XPULP",
    "Layout",
    "mostly_zero",
    "mostly_zero_of_4_bits",
    "row_groups",
    "tables_of_words",
    "tall_mostly_zero",
    "tall_mostly_zero_of_4_bits",
]
