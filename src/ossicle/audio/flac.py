"""How many samples a FLAC file holds, by its last frame: its header may count too few, too many, or none.

The format is RFC 9639.
"""

from typing import BinaryIO

import numpy as np

LONGEST_TAIL = 1 << 18
"""Bytes at the end of a file in which its last frame begins."""
TOTAL_BITS = 36


def flac_header(file: BinaryIO, size: int) -> dict[int, bytes]:
    """The bytes of the header of a file of ``size`` bytes that should be others, by their place.

    Empty where the header counts the samples that are there, and where the last frame is damaged or cut:
    then less will be read than the header says.
    """
    file.seek(0)
    info = file.read(42)
    if len(info) < 42 or info[4] & 0x7F:
        return {}
    counted = int.from_bytes(info[21:26], "big") & ((1 << TOTAL_BITS) - 1)
    begin = max(size - LONGEST_TAIL, 0)
    file.seek(begin)
    tail = file.read()
    found = _samples(tail, info)
    if found is None or found == counted:
        return {}
    kept = int.from_bytes(info[21:26], "big") >> TOTAL_BITS << TOTAL_BITS
    return {21: (kept | found).to_bytes(5, "big")}


def _samples(tail: bytes, info: bytes) -> int | None:
    """Samples up to the end of the last frame; None where no whole frame ends the file."""
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        end = _frame_end(tail[at : at + 32], info)
        if end is not None and _crc16(tail[at:]) == 0:
            return end
    return None


def _frame_end(head: bytes, info: bytes) -> int | None:
    """The number of the sample behind a frame, by the frame's header; None where it is no such header."""
    if len(head) < 6 or head[1] & 0xFE != 0xF8 or head[3] & 1 or head[2] >> 4 == 0 or head[2] & 15 == 15:
        return None
    variable, code, at = head[1] & 1, head[2] >> 4, 4
    number, at = _coded_number(head, at)
    if number is None:
        return None
    if code == 1:
        block = 192
    elif code < 6:
        block = 576 << (code - 2)
    elif code < 8:
        block, at = int.from_bytes(head[at : at + code - 5], "big") + 1, at + code - 5
    else:
        block = 256 << (code - 8)
    at += {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0)
    if at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    start = number if variable else number * int.from_bytes(info[8:10], "big")
    return start + block


def _coded_number(head: bytes, at: int) -> tuple[int | None, int]:
    """A number in the way of UTF-8, of up to 36 bits, and where it ends."""
    first = head[at]
    if first < 0x80:
        return first, at + 1
    more = 0
    while first & (0x40 >> more):
        more += 1
    if not 1 <= more <= 6 or at + more >= len(head):
        return None, at
    value = first & (0x3F >> more)
    for byte in head[at + 1 : at + 1 + more]:
        if byte >> 6 != 2:
            return None, at
        value = value << 6 | byte & 0x3F
    return value, at + 1 + more


def _crc8(data: bytes) -> int:
    return _crc(data, _CRC8, 8)


def _crc16(data: bytes) -> int:
    return _crc(data, _CRC16, 16)


def _crc(data: bytes, table: list[int], bits: int) -> int:
    value, mask = 0, (1 << bits) - 1
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> (bits - 8) ^ byte]
    return value


def _crc_table(polynomial: int, bits: int) -> list[int]:
    values = np.arange(256, dtype=np.int64) << (bits - 8)
    for _ in range(8):
        values = values << 1 ^ np.where(values >> (bits - 1) & 1, polynomial | 1 << bits, 0)
    return [int(value) for value in values]


_CRC8 = _crc_table(0x07, 8)
_CRC16 = _crc_table(0x8005, 16)
