"""Keys that are pressed while a command goes on."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def pressed_keys() -> Iterator[Callable[[], str]]:
    """A function that returns the keys pressed since its last call; none where no terminal can be read so."""
    try:
        import termios
        import tty
    except ImportError:  # Not on Windows.
        yield lambda: ""
        return
    if sys.stdin is None or not sys.stdin.isatty():
        yield lambda: ""
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    # A key counts at once, and is not shown; Ctrl-C still interrupts.
    tty.setcbreak(terminal)
    try:
        yield lambda: _waiting(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _waiting(terminal: int) -> str:
    ready, _, _ = select.select([terminal], [], [], 0)
    return os.read(terminal, 64).decode(errors="replace") if ready else ""
