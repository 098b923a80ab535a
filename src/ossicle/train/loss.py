"""What training minimizes."""

import torch

COMPRESSION = 0.3
MAGNITUDE_SHARE = 0.7
ERROR_WEIGHT = 0.002
"""Weight of one decibel of error energy; the compressed loss alone neglects the loudest bins."""


def enhancement_loss(estimate: torch.Tensor, clean: torch.Tensor, noisy: torch.Tensor) -> torch.Tensor:
    """Compressed spectral loss plus the energy of the error in decibels; spectra ``(batch, time, bins)``."""
    return compressed_spectral_loss(estimate, clean, noisy) + ERROR_WEIGHT * error_db(estimate, clean, noisy)


def compressed_spectral_loss(
    estimate: torch.Tensor, clean: torch.Tensor, noisy: torch.Tensor
) -> torch.Tensor:
    """Squared distance of power-law compressed spectra, magnitudes and complex values (arXiv 2101.09249).

    Each example is divided by the level of its NOISY spectrum: by the clean one, near-silent targets would
    outweigh all others.
    """
    level = _power(noisy).mean((1, 2), keepdim=True).sqrt().clamp_min(1e-6)
    estimate_magnitude, estimate_complex = _compress(estimate / level)
    clean_magnitude, clean_complex = _compress(clean / level)
    magnitude = (estimate_magnitude - clean_magnitude).square().mean()
    complex_ = _power(estimate_complex - clean_complex).mean()
    return MAGNITUDE_SHARE * magnitude + (1 - MAGNITUDE_SHARE) * complex_


def error_db(estimate: torch.Tensor, clean: torch.Tensor, noisy: torch.Tensor) -> torch.Tensor:
    """Mean energy of the error relative to the noisy signal, in dB, with a floor at -30 dB."""
    energy = _power(noisy).mean((1, 2)).clamp_min(1e-12)
    return 10 * torch.log10(_power(estimate - clean).mean((1, 2)) / energy + 1e-3).mean()


def _power(spectrum: torch.Tensor) -> torch.Tensor:
    return spectrum.real.square() + spectrum.imag.square()


def _compress(spectrum: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    # The floor keeps the gradient of the power law finite at zero.
    power = _power(spectrum) + 1e-8
    magnitude = power ** (COMPRESSION / 2)
    return magnitude, spectrum * (magnitude / power.sqrt())
