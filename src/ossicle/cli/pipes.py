"""Standard input and output of raw bytes."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ossicle.errors import OssicleError

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
LEFT_IN_PIPE = 1 << 20
"""Bytes that may wait in a pipe, at most; they were sent before the signal, and are still read."""


class SignalledInput:
    """Standard input, which also ends when the process is told to end."""

    def __init__(self, descriptor: int, wake: int) -> None:
        self._descriptor, self._wake = descriptor, wake
        self._left = LEFT_IN_PIPE
        self.ended_by: str | None = None

    def read1(self, size: int, /) -> bytes:
        """Up to ``size`` bytes as soon as there are some; none at the end."""
        if self.ended_by is None:
            ready, _, _ = select.select([self._descriptor, self._wake], [], [])
            if self._wake in ready:
                self.ended_by = signal.Signals(os.read(self._wake, 1)[0]).name
        if self.ended_by is not None:
            ready, _, _ = select.select([self._descriptor], [], [], 0)
            if not ready or self._left <= 0:
                return b""
        data = os.read(self._descriptor, size)
        self._left -= len(data) if self.ended_by else 0
        return data


@contextmanager
def signalled_input() -> Iterator[SignalledInput]:
    """Standard input, until its end or until a signal to end the process."""
    if sys.stdin is None or sys.stdin.closed:
        raise OssicleError(
            "standard input is closed; send raw samples to it, as in: ... | ossicle denoise - -o -"
        )
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    wake, told = os.pipe()
    os.set_blocking(told, False)
    before = {number: signal.signal(number, lambda number, frame: None) for number in numbers}
    descriptor = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    try:
        yield SignalledInput(sys.stdin.fileno(), wake)
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(wake)
        os.close(told)


def raw_output() -> BinaryIO:
    """Standard output, as bytes."""
    if sys.stdout is None or sys.stdout.closed:
        raise OssicleError(
            "standard output is closed; send it somewhere, as in: ossicle denoise - -o - > out.raw"
        )
    # What typeshed calls a BinaryIO is a BufferedWriter.
    return sys.stdout.buffer
