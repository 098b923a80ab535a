"""Pictures of what quantization costs."""

from collections.abc import Sequence
from pathlib import Path

from ossicle.measure.quantization_error import QuantizationErrorReport
from ossicle.quantization.search import Assignment
from ossicle.report.figure import new_figure, save


def draw_quantization_error(path: Path, report: QuantizationErrorReport, title: str) -> None:
    """Draw bars: SQNR of tensors and weights, and the error of each node alone."""
    figure, axes = new_figure(path, 3)
    panels = (
        ("tensors, SQNR in dB", [(f"{t.tensor} ({t.dtype})", t.sqnr_db) for t in report.tensors]),
        ("weights, SQNR in dB", [(f"{w.weight} ({w.precision})", w.sqnr_db) for w in report.weights]),
        (
            "each node alone, output error in dB",
            [(f"{n.node} ({n.precision})", n.error_db) for n in report.nodes],
        ),
    )
    for panel, (label, bars) in zip(axes, panels, strict=True):
        finite = [(name, value) for name, value in bars if abs(value) < 1e3]
        panel.barh([name for name, _ in finite], [value for _, value in finite])
        panel.invert_yaxis()
        panel.set_xlabel(label)
        panel.grid(axis="x", alpha=0.3)
    figure.suptitle(title)
    save(figure, path)


def draw_front(path: Path, assignments: Sequence[Assignment], chosen: Assignment, title: str) -> None:
    """Draw the error that is expected at each size, and the assignment that was chosen."""
    import numpy as np

    figure, (panel,) = new_figure(path, 1)
    sizes = [assignment.bytes / 1000 for assignment in assignments]
    panel.plot(
        sizes, [10 * np.log10(max(a.output_error, 1e-12)) for a in assignments], "o-", label="least error"
    )
    panel.plot(
        chosen.bytes / 1000, 10 * np.log10(max(chosen.output_error, 1e-12)), "D", ms=10, label="chosen"
    )
    panel.set_xlabel("weights in kB")
    panel.set_ylabel("expected output error in dB")
    panel.grid(alpha=0.3)
    panel.legend()
    figure.suptitle(title)
    save(figure, path)
