"""The loss and the validation metric of keyword spotters."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy, one_hot

from ossicle.train.recipe import SpotterFit


@dataclass(frozen=True)
class SpotterValidation:
    """Mean cross-entropy and share of right classes over the validation set.

    The loss is NaN where the network gave anything that is not finite.
    """

    loss: float
    accuracy: float

    def __str__(self) -> str:
        return f"validation loss {self.loss:.4f}, accuracy {100 * self.accuracy:.2f} %"


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
    model: torch.nn.Module, patches: torch.Tensor, labels: torch.Tensor
) -> SpotterValidation:
    """Score a model on patches as they are; it is in training again afterwards."""
    model.eval()
    scores = torch.cat([model(batch) for batch in patches.split(256)])
    model.train()
    right = (scores.argmax(1) == labels).double().mean()
    loss = cross_entropy(scores, labels).item() if scores.isfinite().all() else math.nan
    return SpotterValidation(loss, right.item())


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
