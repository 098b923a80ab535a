"""Terms of a suppressor's loss that know when somebody speaks: noise in pauses, speech that is lost.

Where nobody speaks the spectral loss says little: after compression a bin 30 dB below the rest weighs an
eighth. These terms are in dB, by bands, so that soft bands weigh as much as loud ones.
"""

from itertools import pairwise

import torch

RANGE_DB = 35.0
"""Speech is this far below the loudest frame, at most; what is below is a pause."""
HANGOVER = 4
"""Frames around a loud one that count as speech too: 25 ms."""
EDGES_HZ = (0, 250, 500, 1000, 2000, 4000, 8000)
FLOOR = 1e-4
"""Fraction of the energy below which nothing is gained: -40 dB."""


def speaking(clean: torch.Tensor) -> torch.Tensor:
    """Where somebody speaks, bool ``(batch, time)``, by clean complex spectra ``(batch, time, bins)``."""
    frame = power(clean).sum(-1)
    loudest = frame.amax(1, keepdim=True)
    loud = (frame > loudest * 10 ** (-RANGE_DB / 10)) & (loudest > 0)
    widened = torch.nn.functional.max_pool1d(loud.float(), 2 * HANGOVER + 1, 1, HANGOVER)
    return widened > 0


def leak_db(mask: torch.Tensor, noisy: torch.Tensor, speaks: torch.Tensor) -> torch.Tensor:
    """Energy let through where nobody speaks, in dB of that which came in; mean of frames and bands.

    Between -40 and 0; 0 where somebody speaks in all frames.
    """
    energy = power(noisy)
    # Silence has nothing to let through.
    tiny = 1e-9 * energy.mean((1, 2), keepdim=True) + 1e-20
    came, went = _in_bands(energy), _in_bands(mask.square() * energy)
    decibels = 10 * torch.log10((went + FLOOR * came + tiny) / (came + tiny))
    silent = ~speaks
    return (decibels.mean(-1) * silent).sum() / silent.sum().clamp_min(1)


def attenuation_loss(
    mask: torch.Tensor, noisy: torch.Tensor, clean: torch.Tensor, speaks: torch.Tensor
) -> torch.Tensor:
    """Attenuation of speech, in dB, squared over 20; mean of frames and bands where there is speech.

    A band has speech where it is within the range below the band's loudest frame. It weighs as much as
    speech has of its energy: what noise has covered need not be kept.
    """
    energy = power(clean)
    speech, kept = _in_bands(energy), _in_bands(mask.square() * energy)
    noise = _in_bands(power(noisy - clean))
    audible = speech > speech.amax(1, keepdim=True) * 10 ** (-RANGE_DB / 10)
    weight = speech / (speech + noise + 1e-20) * (audible & speaks.unsqueeze(-1))
    decibels = 10 * torch.log10((kept + FLOOR * speech + 1e-20) / (speech + 1e-20))
    return (weight * decibels.square() / 20).sum() / weight.sum().clamp_min(1)


def presence_loss(logits: torch.Tensor, speaks: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy of logits ``(batch, time)``."""
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, speaks.float())


def power(spectrum: torch.Tensor) -> torch.Tensor:
    """Squared magnitudes of a complex spectrum."""
    return spectrum.real.square() + spectrum.imag.square()


def _in_bands(energy: torch.Tensor) -> torch.Tensor:
    """Sums over the bands, ``(batch, time, bands)``, of energies ``(batch, time, bins)`` from 0 to 8 kHz."""
    top = energy.shape[-1] - 1
    edges = [round(edge / EDGES_HZ[-1] * top) for edge in EDGES_HZ]
    edges[-1] += 1
    return torch.stack([energy[..., a:b].sum(-1) for a, b in pairwise(edges)], -1)
