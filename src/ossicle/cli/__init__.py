"""The command line: one verb a stage."""

import sys

from ossicle.cli import audio, models, quantize, run, spot, train
from ossicle.cli.app import app

__all__ = ["app", "audio", "main", "models", "quantize", "run", "spot", "train"]


def main() -> None:
    """Entry point of the command ``ossicle``."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(2)
