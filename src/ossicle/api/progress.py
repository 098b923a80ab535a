"""How a long piece of work says how far it is."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Is told what is being done, and how many of how many parts of it are."""


def no_progress(what: str, done: int, of: int) -> None:
    """Say nothing."""
