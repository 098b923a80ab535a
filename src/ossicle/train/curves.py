"""A picture of a run."""

import os
from importlib.util import find_spec
from pathlib import Path

FILE = "curves.svg"


def plot_curves(out: Path, entries: list[dict]) -> None:
    """Draw what a log holds over the steps into ``out``, where matplotlib is there."""
    if not find_spec("matplotlib"):
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 8), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True)
    lines = (
        (0, "loss", "training", "loss"),
        (0, "validation_loss", "validation", "loss"),
        (1, "validation_pesq", None, "PESQ-WB"),
        (2, "validation_si_sdr_db", None, "SI-SDR in dB"),
        (3, "learning_rate", None, "learning rate"),
    )
    for row, key, label, title in lines:
        points = [(entry["step"], entry[key]) for entry in entries if entry.get(key) is not None]
        axes[row].plot(*zip(*points, strict=True) if points else ((), ()), label=label)
        axes[row].set_ylabel(title)
        axes[row].grid(alpha=0.3)
    axes[0].legend()
    axes[-1].set_xlabel("step")
    partial = out / (FILE + ".part")
    figure.savefig(partial, format="svg")
    os.replace(partial, out / FILE)
