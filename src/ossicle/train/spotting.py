"""The loss and the validation metric of keyword spotters."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy, one_hot

from ossicle.data.keywords import UNKNOWN
from ossicle.train.recipe import SpotterFit


@dataclass(frozen=True)
class SpotterValidation:
    """Mean cross-entropy over the validation set and over its talk, and what was right.

    The loss is NaN where the network gave anything that is not finite.
    """

    loss: float
    accuracy: float
    """Share of the words, noises and silence that got their class."""
    alarms: float
    """Share of the seconds of talk, 0 where there is none, that were taken for a command."""

    def __str__(self) -> str:
        return (
            f"validation loss {self.loss:.4f}, accuracy {100 * self.accuracy:.2f} %, "
            f"commands in {100 * self.alarms:.2f} % of the talk"
        )


def spotting_loss(
    network: torch.nn.Module,
    patches: torch.Tensor,
    targets: torch.Tensor,
    config: SpotterFit,
    rng: np.random.Generator,
) -> torch.Tensor:
    """Cross-entropy of patches ``(batch, 1, features, frames)`` that were masked and mixed.

    ``targets`` are classes ``(batch,)`` or probabilities ``(batch, classes)``.

    Masks are those of SpecAugment (arXiv 1904.08779). Mixing adds another patch of the batch, and its label,
    in a random proportion (mixup, arXiv 1710.09412).
    """
    patches = _mask(patches, 3, config.masked_frames, rng)
    patches = _mask(patches, 2, config.masked_features, rng)
    order = torch.from_numpy(rng.permutation(len(patches))).to(patches.device)
    share = rng.beta(config.mixup, config.mixup) if config.mixup else 1.0
    with torch.autocast(patches.device.type, torch.bfloat16, enabled=config.precision == "bf16"):
        scores = network(share * patches + (1 - share) * patches[order]).float()
    first = cross_entropy(scores, targets, label_smoothing=config.label_smoothing)
    second = cross_entropy(scores, targets[order], label_smoothing=config.label_smoothing)
    return share * first + (1 - share) * second


@torch.no_grad()
def taught(
    teacher: torch.nn.Module, patches: torch.Tensor, labels: torch.Tensor, share: float
) -> torch.Tensor:
    """Probabilities to learn: those of the teacher (arXiv 1503.02531), and the rest from the labels."""
    answers = torch.softmax(teacher(patches), 1)
    return torch.lerp(one_hot(labels, answers.shape[1]).to(answers), answers, share)


@torch.no_grad()
def validate_spotter(
    model: torch.nn.Module, patches: torch.Tensor, labels: torch.Tensor, talk: torch.Tensor
) -> SpotterValidation:
    """Score a model on patches, and on those of talk, as they are; it is in training again afterwards.

    Talk counts as much as all the rest together.
    """
    model.eval()
    scores, of_talk = (torch.cat([model(batch) for batch in part.split(256)]) for part in (patches, talk))
    model.train()
    right = (scores.argmax(1) == labels).double().mean()
    unknown = torch.full((len(talk),), UNKNOWN, device=talk.device)
    loss = cross_entropy(scores, labels).item()
    if len(talk):
        loss = (loss + cross_entropy(of_talk, unknown).item()) / 2
    finite = scores.isfinite().all() and of_talk.isfinite().all()
    alarms = (of_talk.argmax(1) > UNKNOWN).double().mean().item() if len(talk) else 0.0
    return SpotterValidation(loss if finite else math.nan, right.item(), alarms)


def _mask(patches: torch.Tensor, axis: int, widest: int, rng: np.random.Generator) -> torch.Tensor:
    """Zero, the mean of a patch, over a random stretch of up to ``widest`` places of an axis, per patch."""
    size, count = patches.shape[axis], len(patches)
    width = rng.integers(min(widest, size) + 1, size=(count, 1))
    start = rng.integers(size - width + 1)
    places = np.arange(size)
    shape = [count, 1, 1, 1]
    shape[axis] = size
    kept = ((places < start) | (places >= start + width)).reshape(shape)
    return patches * torch.from_numpy(kept).to(patches)
