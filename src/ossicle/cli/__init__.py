"""The command line: one command for each stage."""

import sys

from ossicle.cli import audio, imports, models, plan, quantize, run, segment, spot, train
from ossicle.cli.app import app

__all__ = ["app", "audio", "imports", "main", "models", "plan", "quantize", "run", "segment", "spot", "train"]


def main() -> None:
    """Entry point of the command ``ossicle``."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(2)
