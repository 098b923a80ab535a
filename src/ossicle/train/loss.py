"""What training minimizes."""

from dataclasses import dataclass

import torch

from ossicle.train.perceptual import pesq_raw
from ossicle.train.recipe import LossConfig
from ossicle.train.speaking import attenuation_loss, leak_db, power, presence_loss, speaking

COMPRESSION = 0.3
MAGNITUDE_SHARE = 0.7


@dataclass(frozen=True)
class Estimate:
    """What a network made of noisy signals, as the loss hears it."""

    mask: torch.Tensor
    """``(batch, time, bins)``."""
    presence: torch.Tensor
    """Logits ``(batch, time)``."""
    signal: torch.Tensor
    """``(batch, samples)``."""


def enhancement_loss(
    estimate: Estimate,
    noisy: torch.Tensor,
    clean: torch.Tensor,
    clean_signal: torch.Tensor,
    config: LossConfig,
) -> torch.Tensor:
    """The loss of an estimate, given complex spectra of its mask's shape and signals of its signal's.

    It is the sum of the compressed spectral loss and of the terms that ``config`` weighs. A term of weight 0
    is not computed.
    """
    mask = estimate.mask
    total = compressed_spectral_loss(mask, noisy, clean, config.sharpen)
    total = total + config.error * error_db(mask, noisy, clean)
    if config.pesq:
        total = total + config.pesq * missing_pesq(estimate.signal, clean_signal)
    speaks = speaking(clean)
    if config.leak:
        total = total + config.leak * leak_db(mask, noisy, speaks)
    if config.attenuation:
        total = total + config.attenuation * attenuation_loss(mask, noisy, clean, speaks)
    if config.presence:
        total = total + config.presence * presence_loss(estimate.presence, speaks)
    return total


def compressed_spectral_loss(
    mask: torch.Tensor, noisy: torch.Tensor, clean: torch.Tensor, sharpen: bool = False
) -> torch.Tensor:
    """Squared distance of power-law compressed spectra, magnitudes and complex values (arXiv 2101.09249).

    Each example is divided by the level of its NOISY spectrum: by the clean one, near-silent targets would
    outweigh all others. The estimate has the phase of the noisy spectrum, so that the complex distance is a
    function of two magnitudes and of the cosine between them. To ``sharpen`` multiplies the target by
    tanh(8 g)^2, where g is the gain that it takes: below a gain of -20 dB, little is left of it.
    """
    with torch.no_grad():
        level = power(noisy).mean((1, 2), keepdim=True).sqrt().clamp_min(1e-6)
        noisy_magnitude, clean_magnitude = noisy.abs(), clean.abs()
        cosine = _inner(noisy, clean) / (noisy_magnitude * clean_magnitude).clamp_min(1e-20)
        if sharpen:
            gain = clean_magnitude / noisy_magnitude.clamp_min(1e-20)
            clean_magnitude = clean_magnitude * torch.tanh(8 * gain).square()
        target = (clean_magnitude / level + 1e-4) ** COMPRESSION
        scaled = noisy_magnitude / level
    # The floor keeps the gradient of the power law finite at zero.
    estimate = (mask * scaled + 1e-4) ** COMPRESSION
    magnitude = (estimate - target).square()
    return (magnitude + 2 * (1 - MAGNITUDE_SHARE) * (1 - cosine) * target * estimate).mean()


def error_db(mask: torch.Tensor, noisy: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """Mean energy of the error relative to the noisy signal, in dB, with a floor at -30 dB."""
    with torch.no_grad():
        energy, clean_energy, inner = power(noisy), power(clean), _inner(noisy, clean)
    error = ((mask * energy - 2 * inner) * mask + clean_energy).mean((1, 2))
    return 10 * torch.log10(error.clamp_min(0) / energy.mean((1, 2)).clamp_min(1e-12) + 1e-3).mean()


def missing_pesq(estimate: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """Mean raw PESQ that signals ``(batch, samples)`` lack; where nobody speaks there is none to lack."""
    speech = clean.any(-1)
    missing: torch.Tensor = ((4.5 - pesq_raw(estimate, clean)) * speech).sum() / speech.sum().clamp_min(1)
    return missing


def _inner(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a.real * b.real + a.imag * b.imag
