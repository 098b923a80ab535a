"""The command line: one command for each stage."""

import sys
from io import TextIOWrapper

from ossicle.cli import audio, imports, models, plan, quantize, run, segment, spot, train
from ossicle.cli.app import app

__all__ = ["app", "audio", "imports", "main", "models", "plan", "quantize", "run", "segment", "spot", "train"]


def main() -> None:
    """Entry point of the command ``ossicle``."""
    for stream in (sys.stdout, sys.stderr):
        # File names need not be text, and a terminal need not have all characters.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(2)
