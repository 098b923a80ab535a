"""Pictures of what quantization costs."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.measure.account import NodeAccount, TensorAccount, WeightAccount
from ossicle.quantize.search import Assignment


def draw_account(
    path: Path,
    tensors: Sequence[TensorAccount],
    weights: Sequence[WeightAccount],
    nodes: Sequence[NodeAccount],
    title: str,
) -> None:
    """Draw bars: SQNR of tensors and weights, and the error of each node alone."""
    figure, axes = new_figure(path, 3)
    panels = (
        ("tensors, SQNR in dB", [(f"{t.tensor} ({t.dtype})", t.sqnr_db) for t in tensors]),
        ("weights, SQNR in dB", [(f"{w.weight} ({w.precision})", w.sqnr_db) for w in weights]),
        (
            "each node alone, error at the mask in dB",
            [(f"{n.node} ({n.precision})", n.error_db) for n in nodes],
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
    panel.plot(sizes, [10 * np.log10(max(a.loss, 1e-12)) for a in assignments], "o-", label="least error")
    panel.plot(chosen.bytes / 1000, 10 * np.log10(max(chosen.loss, 1e-12)), "D", ms=10, label="chosen")
    panel.set_xlabel("weights in kB")
    panel.set_ylabel("expected error at the mask in dB")
    panel.grid(alpha=0.3)
    panel.legend()
    figure.suptitle(title)
    save(figure, path)


def new_figure(path: Path, panels: int):
    """A figure of panels one below the other, and their axes; the path says in which format it is saved."""
    if not find_spec("matplotlib"):
        raise OssicleError("pictures need matplotlib; pip install 'ossicle[plot]'")
    from matplotlib.figure import Figure

    if path.suffix not in (".png", ".svg", ".pdf"):
        raise OssicleError(f"cannot draw {path}; end it in .png, .svg or .pdf")
    figure = Figure(figsize=(8, 4 * panels), layout="constrained")
    return figure, figure.subplots(panels, 1, squeeze=False)[:, 0]


def save(figure, path: Path) -> None:
    """Write a figure, or leave what was there before."""
    partial = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(partial, format=path.suffix[1:])
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OssicleError(f"cannot write {path} ({error.strerror}); choose another place") from None
