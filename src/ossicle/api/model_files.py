"""Models by name: those that ship, and files."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ossicle.api.quantization import quantize
from ossicle.graph.file import load_model, save_model
from ossicle.graph.model import Model
from ossicle.graph.task import TASKS, need_task
from ossicle.measure.size import Description, describe
from ossicle.targets import load_target
from ossicle.zoo import model_path, zoo_names, zoo_scores


@dataclass(frozen=True)
class ZooModel:
    """A model that ships."""

    task: str
    """Its name, such as ``"suppression"``."""
    description: Description
    scores: Mapping[str, Any] = field(repr=False)
    """On test data, as :func:`ossicle.zoo.zoo_scores` gives them."""
    data: Mapping[str, Any] = field(repr=False)
    """Hours and licences of what it was trained on, by kind."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self.description) | {"scores": dict(self.scores), "data": dict(self.data)}


def load(name: str | Path) -> Model:
    """Load a model by its name in the zoo, such as ``"gru256"``, or by the path of its file."""
    return load_model(model_path(name))


def load_quantized(
    name: str | Path, scheme: str | None = None, task: str | None = None, target: str = "host"
) -> Model:
    """Load a model and bring it into a scheme, by default that of the target.

    Without a scheme, one that is quantized already stays as it is, and so does one that was never calibrated,
    as it comes from an import. Raises :class:`OssicleError` where a quantized one is given a scheme, and
    where it is not for the task.
    """
    model = load(name)
    if task:
        need_task(model, task, str(name))
    fixed = model.graph.quantized or not model.calibration.spans
    return model if fixed and scheme is None else quantize(model, scheme or load_target(target).scheme)


def save(model: Model, path: str | Path) -> None:
    """Write a model file, which :func:`load` and the command line take; whole, or not at all."""
    save_model(model, Path(path))


def list_models() -> tuple[ZooModel, ...]:
    """The models that ship, task by task, with size, work, scores and training data."""
    models = {name: load(name) for name in zoo_names()}
    return tuple(
        ZooModel(task, describe(name, model), zoo_scores(name), model.provenance.get("data", {}))
        for task in TASKS
        for name, model in models.items()
        if model.graph.task.name == task
    )


def zoo_models(task: str) -> list[str]:
    """Names of the models that ship for a task, such as ``"spotting"``."""
    return [name for name in zoo_names() if load(name).graph.task.name == task]
