"""The verbs of the command line for Python: load, quantize, compile."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.emit import emit
from ossicle.errors import OssicleError
from ossicle.graph.file import SUFFIX, Model, load_model
from ossicle.measure.cluster import plan_for
from ossicle.quantize import Ranges, calibrate
from ossicle.quantize import quantize as quantize_graph
from ossicle.run import HostProgram, SpotterProgram, build
from ossicle.targets import load_target
from ossicle.zoo import zoo_names, zoo_path


def zoo_models(task: type) -> list[str]:
    """Names of the models that ship for a task, such as :class:`ossicle.graph.Spotting`."""
    return [name for name in zoo_names() if isinstance(load(name).graph.task, task)]


def load(name: str | Path) -> Model:
    """Load a model by its name in the zoo, such as ``"gru256"``, or by the path of its file."""
    if str(name) in zoo_names():
        return load_model(zoo_path(str(name)))
    path = Path(name)
    if path.suffix != SUFFIX and not path.exists():
        raise OssicleError(
            f"there is no model {str(name)!r}; name a {SUFFIX} file or one of {', '.join(zoo_names())}"
        )
    return load_model(path)


def quantize(
    model: Model,
    precisions: str | Mapping[str, str] = "mixed",
    clips: Sequence[np.ndarray] | None = None,
    ranges: Ranges | None = None,
) -> Model:
    """Return the model in a scheme, or with the precision of each node by its name.

    The model's own calibration is replaced by one on ``clips`` of its input, each ``(frames, inputs)``, where
    they are given; only then can ``ranges`` be.
    """
    calibration = model.calibration
    if clips is not None:
        calibration = calibrate(model.graph, clips, ranges)
    elif ranges not in (None, Ranges()):
        raise OssicleError("other ranges need recordings to measure them on: give --calibration")
    return replace(model, graph=quantize_graph(model.graph, precisions, calibration), calibration=calibration)


def compile(
    model: Model, out: str | Path | None = None, target: str = "host"
) -> HostProgram | SpotterProgram:
    """Emit the model's C into the folder ``out``, or a temporary one, and build it for this computer.

    The program for a cluster runs on threads.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(out) if out else Path(scratch) / model.graph.name
        chip = load_target(target)
        backend = "threads" if chip.cluster else ""
        emit(model.graph, plan_for(model.graph, chip), chip, folder, backend)
        return build(folder)
