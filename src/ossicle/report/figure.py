"""Figures that are written as .png, .svg or .pdf, whole or not at all."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ossicle.errors import OssicleError
from ossicle.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def check_matplotlib() -> None:
    """Raise :class:`OssicleError` where matplotlib is not installed."""
    if not find_spec("matplotlib"):
        raise OssicleError("pictures need matplotlib; pip install 'ossicle[plot]'")


def new_figure(path: Path, panels: int) -> "tuple[Figure, Sequence[Axes]]":
    """A figure of panels one below the other, and their axes; the path says in which format it is saved."""
    check_matplotlib()
    from matplotlib.figure import Figure

    if path.suffix not in (".png", ".svg", ".pdf"):
        raise OssicleError(f"cannot draw {path}; end it in .png, .svg or .pdf")
    figure = Figure(figsize=(8, 4 * panels), layout="constrained")
    return figure, list(figure.subplots(panels, 1, squeeze=False)[:, 0])


def save(figure: "Figure", path: Path) -> None:
    """Write a figure, or leave what was there before."""
    try:
        with replacing(path) as partial:
            figure.savefig(partial, format=path.suffix[1:])
    except OSError as error:
        raise OssicleError(f"cannot write {path} ({error.strerror}); choose another place") from None
