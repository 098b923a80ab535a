"""The validation metric: what a run is watched by while it goes on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch

from ossicle.metrics.signal import si_sdr
from ossicle.metrics.speech import pesq_wb
from ossicle.models.suppressor import MaskNetwork, torch_features, torch_istft, torch_stft
from ossicle.train.loss import Estimate, enhancement_loss
from ossicle.train.recipe import Recipe


@dataclass(frozen=True)
class Validation:
    """Means over the validation mixtures; PESQ is there where its package is.

    The loss is NaN where the network gave anything that is not finite.
    """

    loss: float
    si_sdr_db: float
    pesq: float | None

    def __str__(self) -> str:
        pesq = f", PESQ {self.pesq:.3f}" if self.pesq else ""
        return f"validation loss {self.loss:.4f}, SI-SDR {self.si_sdr_db:.2f} dB{pesq}"


def batch_loss(
    network: torch.nn.Module, model: MaskNetwork, noisy: torch.Tensor, clean: torch.Tensor, recipe: Recipe
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of a batch of signals, and the enhanced signals.

    ``network`` computes: ``model`` itself, or what spreads it over several processes.
    """
    noisy_spectrum, clean_spectrum = torch_stft(noisy, model.stft), torch_stft(clean, model.stft)
    heard = torch_features(noisy, noisy_spectrum, model.stft, model.features)
    with torch.autocast(noisy.device.type, torch.bfloat16, enabled=recipe.fit.precision == "bf16"):
        mask, _, presence = network(heard)
    enhanced = torch_istft(mask * noisy_spectrum, model.stft, noisy.shape[-1])
    estimate = Estimate(mask, presence, enhanced)
    return enhancement_loss(estimate, noisy_spectrum, clean_spectrum, clean, recipe.loss), enhanced


@torch.no_grad()
def validate(
    model: MaskNetwork, batches: Sequence[tuple[torch.Tensor, torch.Tensor]], recipe: Recipe
) -> Validation:
    """Score a model over batches of noisy and clean signals; it is in training again afterwards."""
    model.eval()
    losses, ratios, scores = [], [], []
    for noisy, clean in batches:
        loss, enhanced = batch_loss(model, model, noisy, clean, recipe)
        losses.append(loss.item() * len(noisy) if enhanced.isfinite().all() else math.nan)
        pairs = list(zip(enhanced.cpu().numpy(), clean.cpu().numpy(), strict=True))
        ratios += [si_sdr(*pair) for pair in pairs]
        scores += [pesq_wb(*pair) for pair in pairs] if find_spec("pesq") else []
    model.train()
    pesq = float(np.nanmean(scores)) if np.isfinite(scores).any() else None
    return Validation(sum(losses) / len(ratios), float(np.mean(ratios)), pesq)
