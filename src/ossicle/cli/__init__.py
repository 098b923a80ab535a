"""The command line: one command for each stage."""

import sys

from ossicle.cli import audio, cluster, imports, models, quantize, run, spot, train
from ossicle.cli.app import app

__all__ = ["app", "audio", "cluster", "imports", "main", "models", "quantize", "run", "spot", "train"]


def main() -> None:
    """Entry point of the command ``ossicle``."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(2)
