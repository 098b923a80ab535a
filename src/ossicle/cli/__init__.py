"""The command line: one command for each stage."""

import sys
from importlib import import_module
from io import TextIOWrapper

import typer

from ossicle.cli.app import app

MODULES = {
    "audio": ("denoise", "evaluate"),
    "imports": ("inspect", "import"),
    "live": ("live",),
    "models": ("compile", "bench", "models"),
    "plan": ("plan",),
    "prune": ("prune",),
    "quantize": ("quantize", "account"),
    "report": ("report",),
    "run": ("run",),
    "segment": ("segment",),
    "spot": ("spot",),
    "train": ("train", "data"),
}
"""The module of this package that each command is in."""


def commands(name: str = "") -> typer.Typer:
    """The command line, with at least the command of that name, or with all where none has it.

    What one command needs takes much less time to import than what all do.
    """
    holding = [module for module, names in MODULES.items() if name in names]
    for module in holding or MODULES:
        import_module(f"{__name__}.{module}")
    return app


def main() -> None:
    """Entry point of the command ``ossicle``."""
    for stream in (sys.stdout, sys.stderr):
        # File names need not be text, and a terminal need not have all characters.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        commands(*sys.argv[1:2])()
    except KeyboardInterrupt:
        sys.exit(2)
