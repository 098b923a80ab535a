"""Forms of an operand: how a kernel reads activations, and what brings them into that form."""

from collections.abc import Callable
from dataclasses import dataclass


def _columns(columns: int) -> int:
    return columns


def _groups_of_four(columns: int) -> int:
    """Eight columns are whole."""
    return -(-columns // 8) * 2


@dataclass(frozen=True)
class Form:
    """The elements of an operand as a kernel reads them.

    In any form but ``plain`` the operand is *staged*: copied into a buffer by a kernel of its own.
    """

    name: str
    c_type: str = ""
    """Of the buffer; that of the operand itself where it is empty."""
    items: Callable[[int], int] = _columns
    """What cores divide among them when they copy so many columns."""
    elements: int = 1
    """Of the buffer, for each item."""
    operation: str = ""
    """Of the kernel that copies; empty for a copy of the elements as they are."""
    types: str = ""

    def count(self, columns: int) -> int:
        """Elements of the buffer for so many columns."""
        return self.elements * self.items(columns)


PLAIN = Form("plain")
"""As the tensor is in memory."""
SNAPSHOT = Form("snapshot")
"""A copy as it is, for operands that some cores replace while others still read them."""
WIDENED = Form("widened", "float", operation="convert", types="f16_f32")
"""Halves as floats."""
BYTE_PLANES = Form("byte_planes", "uint32_t", _groups_of_four, 2, "byte_planes", "s16")
"""Of each four columns of 16 bits a word of the upper and one of the lower bytes; eight columns are whole."""
