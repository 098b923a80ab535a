"""A differentiable PESQ: the perceptual model of ITU-T P.862, with the wideband input of P.862.2.

The steps and tables are the recommendation's. Left out is what training has no use for: the alignment in
time, the search for bad intervals, and the weights that lessen the start of recordings longer than 16 s.
"""

import torch

FRAME, HOP = 512, 256
SEGMENT = 20
"""Frames whose disturbances are averaged with a high power, as a listener's are, over 320 ms."""

# Per band: bins of the transform, width in Bark, hearing threshold (power), and gain of the power density.
_BINS = """1 1 1 1 1 1 1 1 2 1 1 1 1 1 2 1 1 2 2 2 2 2 2 2 2 3 3 3 3 4 3 4 5 4 5 6 6 7 8 9 9 12 12 15 16 18 21
    25 20"""
_BARK = """.15734 .31799 .32244 .32693 .33147 .33606 .34070 .34538 .35011 .35490 .35973 .36461 .36954 .37453
    .37957 .38465 .38979 .39499 .40024 .40554 .41089 .41631 .42177 .42730 .43288 .43851 .44421 .44996
    .45577 .46165 .46758 .47357 .47962 .48574 .49191 .49815 .50445 .51082 .51725 .52375 .53031 .53693
    .54363 .55039 .55722 .56412 .57109 .57813 .58523"""
_THRESHOLD = """
    51286152 2454709.5 70794.594 4897.7886 1174.8977 389.04517 104.71286 45.70882 17.782795 9.772372
    4.897789 3.090296 1.905461 1.258925 .977237 .724436 .562341 .457088 .389045 .331131 .295121 .269153
    .25704 .251189 .251189 .251189 .251189 .263027 .288403 .30903 .338844 .371535 .398107 .436516
    .467735 .489779 .501187 .501187 .512861 .524807 .524807 .524807 .512861 .47863 .42658 .371535
    .363078 .416869 .537032"""
_DENSITY = """100 100 100 100 100 100 100 100 50 100 100 100 100 100 53.047 110 117.99 65 68.76 70 71.429 75
    76.843 80.969 88.646 63.864 68.155 72.548 75.585 58.379 80.951 64.136 54.385 73.822 64.437 59.176
    65.522 61.4 58.144 57.005 64.126 54.311 61.115 55.078 56.849 55.629 53.137 54.986 79.547"""
_POWER_SCALE = 6.910853e-6
_LOUDNESS_SCALE = 0.1866055


def _table(text: str) -> torch.Tensor:
    return torch.tensor([float(word) for word in text.split()])


BINS, BARK, THRESHOLD, DENSITY = map(_table, (_BINS, _BARK, _THRESHOLD, _DENSITY))


def pesq_raw(estimate: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """Raw PESQ scores, about -0.5 to 4.5, of shape ``(batch,)``, of signals of shape ``(batch, samples)``.

    They are at 16 kHz, aligned in time, and hold at least 21 times 256 samples. The level of either is of no
    account.
    """
    degraded, reference = _bark_power(estimate), _bark_power(clean)
    threshold = THRESHOLD.to(estimate.device)
    speaks = _audible(reference, 100 * threshold).sum(-1, keepdim=True) >= 1e7
    # What filters the whole recording is equalized in part: up to 20 dB a band.
    heard, meant = (
        (_audible(power, 100 * threshold) * speaks).mean(1, keepdim=True) for power in (degraded, reference)
    )
    reference = reference * ((heard + 1000) / (meant + 1000)).clamp(0.01, 100)
    # So is what changes the level from frame to frame.
    meant, heard = (_audible(power, threshold).sum(-1, keepdim=True) for power in (reference, degraded))
    gain = (meant + 5e3) / (heard + 5e3)
    gain = torch.cat([gain[:, :1], 0.8 * gain[:, 1:] + 0.2 * gain[:, :-1]], 1).clamp(3e-4, 5)
    degraded = degraded * gain

    heard, meant = _loudness(degraded, threshold), _loudness(reference, threshold)
    audible = ((heard - meant).abs() - 0.25 * torch.minimum(heard, meant)).clamp_min(0)
    # Noise that was added disturbs more than speech that was taken away.
    ratio = ((degraded + 50) / (reference + 50)) ** 1.2
    asymmetry = torch.where(ratio < 3, torch.zeros_like(ratio), ratio.clamp_max(12))
    bark = BARK.to(estimate.device)[1:]
    audible, asymmetry = audible[..., 1:], asymmetry[..., 1:]
    symmetric = ((audible * bark).square().sum(-1) / bark.sum() + 1e-12).sqrt() * bark.sum()
    asymmetric = (audible * asymmetry * bark).sum(-1)
    weight = ((_audible(reference, threshold).sum(-1) + 1e5) / 1e7) ** 0.04
    return 4.5 - 0.1 * _over_time(symmetric / weight) - 0.0309 * _over_time(asymmetric / weight)


def pesq_mos(raw: torch.Tensor) -> torch.Tensor:
    """Map a raw score to the scale of listeners, 1.0 to 4.64 (P.862.2)."""
    return 0.999 + 4 / (1 + torch.exp(-1.3669 * raw + 3.8224))


def _bark_power(signal: torch.Tensor) -> torch.Tensor:
    """Power density in 49 bands, ``(batch, frames, 49)``, of a signal brought to the standard level."""
    window = torch.hann_window(FRAME, device=signal.device)
    power = torch.fft.rfft(signal.unfold(-1, FRAME, HOP) * window).abs().square()
    frequency = torch.arange(FRAME // 2 + 1, device=signal.device) * (16000 / FRAME)
    voice = (frequency >= 325) & (frequency <= 3250)
    level = power[..., voice].sum(-1).mean(-1) * (2 / (FRAME * window.square().sum()))
    power = power[..., :-1] * (1e7 / level.clamp_min(1e-10))[:, None, None] * _input_filter(frequency[:-1])
    power = torch.cat([torch.zeros_like(power[..., :1]), power[..., 1:]], -1)
    bands = torch.repeat_interleave(torch.eye(len(BINS)), BINS.int(), 0)
    return power @ (bands * DENSITY * _POWER_SCALE).to(signal.device)


def _input_filter(frequency: torch.Tensor) -> torch.Tensor:
    """Power response of the wideband input filter, a second-order high pass around 100 Hz."""
    z = torch.exp(-2j * torch.pi * frequency / 16000)
    response = 2.740826 * (1 - 2 * z + z**2) / (1 - 1.9444777 * z + 0.94597794 * z**2)
    return response.abs().square()


def _audible(power: torch.Tensor, threshold: torch.Tensor) -> torch.Tensor:
    return torch.where(power > threshold, power, torch.zeros_like(power))


def _loudness(power: torch.Tensor, threshold: torch.Tensor) -> torch.Tensor:
    """Loudness density after Zwicker, in sone a Bark."""
    centre = torch.cumsum(BARK, 0) - BARK / 2
    exponent = (0.23 * (6 / (centre + 2)).clamp(1, 2) ** 0.15).to(power.device)
    above = (0.5 + 0.5 * power.clamp_min(threshold) / threshold) ** exponent - 1
    return _LOUDNESS_SCALE * (2 * threshold) ** exponent * above


def _over_time(disturbance: torch.Tensor) -> torch.Tensor:
    """From ``(batch, frames)`` to one number: L6 over 320 ms that overlap by half, L2 over those."""
    segments = disturbance.clamp(1e-6, 45).unfold(-1, SEGMENT, SEGMENT // 2)
    return (segments**6).mean(-1).pow(1 / 6).square().mean(-1).sqrt()
