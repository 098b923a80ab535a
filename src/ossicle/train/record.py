"""What a run leaves behind while it goes on: validations, the log, checkpoints, the curves."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ossicle.errors import OssicleError
from ossicle.train.checkpoint import read_log, save_best, save_checkpoint, write_log
from ossicle.train.curves import plot_curves
from ossicle.train.recipe import Recipe, SpotterRecipe
from ossicle.train.schedule import learning_rate
from ossicle.train.spotting import SpotterValidation
from ossicle.train.validate import Validation


@dataclass(frozen=True)
class Progress:
    """What is reported after each step; the validation only where it was just done."""

    step: int
    steps: int
    loss: float
    seconds: float
    validation: Validation | SpotterValidation | None


def check_finite(loss: float, what: str, step: int) -> None:
    """Raise :class:`OssicleError` where a loss is no number, since then the weights are lost."""
    if not math.isfinite(loss):
        raise OssicleError(f"the {what} is {loss} at step {step}; lower the learning rate")


class Recorder:
    """Keeps the files of the run in ``out``, of which ``start`` steps are done.

    ``validate_model`` validates the model; ``best`` is the lowest loss that it found in those steps. Weights
    are kept as the best from step ``kept_from`` on.
    """

    def __init__(
        self,
        out: Path,
        recipe: Recipe | SpotterRecipe,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        validate_model: Callable[[], Validation | SpotterValidation],
        start: int,
        best: float,
        kept_from: int = 0,
    ) -> None:
        self.out, self.recipe, self.model, self.optimizer = out, recipe, model, optimizer
        self.validate_model, self.best, self.kept_from = validate_model, best, kept_from
        self.log = [entry for entry in read_log(out) if entry["step"] <= start]
        self.losses: list[float] = []
        self.begun = time.monotonic()

    def add(self, step: int, loss: float) -> Progress:
        """Take note of an update: validate, log and save where their turn has come."""
        fit = self.recipe.fit
        self.losses.append(loss)
        last = step == fit.steps
        validation = None
        if step % fit.validate_every == 0 or last:
            validation = self.validate_model()
            check_finite(validation.loss, "validation loss", step)
            if validation.loss < self.best and step >= self.kept_from:
                self.best = validation.loss
                save_best(self.out, self.model)
        if step % fit.checkpoint_every == 0 or last:
            self._save(step, validation)
        return Progress(step, fit.steps, loss, time.monotonic() - self.begun, validation)

    def _save(self, step: int, validation: Validation | SpotterValidation | None) -> None:
        mean = sum(self.losses) / len(self.losses)
        entry = {"step": step, "loss": mean, "learning_rate": learning_rate(step - 1, self.recipe.fit)}
        if validation:
            entry |= {f"validation_{key}": value for key, value in vars(validation).items()}
        self.losses = []
        self.log.append(entry)
        write_log(self.out, self.log)
        save_checkpoint(self.out, self.model, self.optimizer, self.recipe, step, self.best)
        plot_curves(self.out, self.log)
