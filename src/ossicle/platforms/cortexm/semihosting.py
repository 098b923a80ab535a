"""Arm semihosting, as far as the emitted audio.c uses it: one console to read and to write."""

import struct
from collections.abc import Callable

from ossicle.errors import OssicleError

BREAKPOINT = bytes.fromhex("abbe")
"""``bkpt 0xab``, by which a program on a Cortex-M asks for a service."""
SYS_OPEN, SYS_WRITE, SYS_READ, SYS_EXIT = 0x01, 0x05, 0x06, 0x18
INPUT, OUTPUT = 1, 2
FIRST_WRITING_MODE = 4


class Console:
    """Serves a program its input, and keeps its output."""

    def __init__(self, stdin: bytes) -> None:
        self._input, self._position = stdin, 0
        self.output = bytearray()
        self.exited = False

    def serve(
        self,
        operation: int,
        argument: int,
        read: Callable[[int, int], bytes],
        write: Callable[[int, bytes], None],
    ) -> int:
        """Do one operation on the memory behind ``read`` and ``write``; returns the result for r0."""
        if operation == SYS_EXIT:
            self.exited = True
            return 0
        if operation not in (SYS_OPEN, SYS_READ, SYS_WRITE):
            raise OssicleError(
                f"the program asked for semihosting operation 0x{operation:02x}, which is not served"
            )
        words: tuple[int, int, int] = struct.unpack("<III", read(argument, 12))
        _, address, size = words
        if operation == SYS_OPEN:
            return OUTPUT if address >= FIRST_WRITING_MODE else INPUT
        if operation == SYS_WRITE:
            self.output += read(address, size)
            return 0
        data = self._input[self._position : self._position + size]
        self._position += len(data)
        write(address, data)
        return size - len(data)
