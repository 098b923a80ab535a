"""A picture of a run."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ossicle.files import replacing

FILE = "curves.svg"


def plot_curves(out: Path, entries: list[dict[str, Any]]) -> None:
    """Draw what a log holds over the steps into ``out``, where matplotlib is there."""
    if not find_spec("matplotlib"):
        return
    from matplotlib.figure import Figure

    lines = (
        ("loss", "training", "loss"),
        ("validation_loss", "validation", "loss"),
        ("validation_pesq", None, "PESQ-WB"),
        ("validation_si_sdr_db", None, "SI-SDR in dB"),
        ("validation_accuracy", None, "accuracy"),
        ("learning_rate", None, "learning rate"),
    )
    shown = [line for line in lines if any(entry.get(line[0]) is not None for entry in entries)]
    titles = list(dict.fromkeys(title for _, _, title in shown))
    figure = Figure(figsize=(8, 2 * len(titles)), layout="constrained")
    axes = figure.subplots(len(titles), 1, sharex=True)
    for key, label, title in shown:
        points = [(entry["step"], entry[key]) for entry in entries if entry.get(key) is not None]
        row = axes[titles.index(title)]
        row.plot(*zip(*points, strict=True), label=label)
        row.set_ylabel(title)
        row.grid(alpha=0.3)
    axes[0].legend()
    axes[-1].set_xlabel("step")
    with replacing(out / FILE) as partial:
        figure.savefig(partial, format="svg")
