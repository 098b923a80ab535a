"""What training minimizes."""

import torch

COMPRESSION = 0.3
MAGNITUDE_SHARE = 0.7


def compressed_spectral_loss(
    estimate: torch.Tensor, clean: torch.Tensor, noisy: torch.Tensor
) -> torch.Tensor:
    """Squared distance of power-law compressed spectra, magnitudes and complex values (arXiv 2101.09249).

    All three are complex of shape ``(batch, time, bins)``. Each example is divided by the level of its NOISY
    spectrum: by the clean one, near-silent targets would outweigh all others.
    """
    level = noisy.abs().square().mean((1, 2), keepdim=True).sqrt().clamp_min(1e-6)
    estimate_magnitude, estimate_complex = _compress(estimate / level)
    clean_magnitude, clean_complex = _compress(clean / level)
    magnitude = (estimate_magnitude - clean_magnitude).square().mean()
    complex_ = (estimate_complex - clean_complex).abs().square().mean()
    return MAGNITUDE_SHARE * magnitude + (1 - MAGNITUDE_SHARE) * complex_


def _compress(spectrum: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    # The floor keeps the gradient of the power law finite at zero.
    power = spectrum.real.square() + spectrum.imag.square() + 1e-8
    magnitude = power ** (COMPRESSION / 2)
    return magnitude, spectrum * (magnitude / power.sqrt())
