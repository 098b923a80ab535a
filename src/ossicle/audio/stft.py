"""The one definition of the short-time Fourier transform and its inverse.

Frame ``t`` covers the samples ``[t*hop - (window - hop), t*hop + hop)``: it ends with the newest hop, so
that a stream needs no look-ahead. Samples before the start of the signal are zero. Each frame is weighted
by the analysis window, padded with zeros at its end to ``n_fft`` and transformed without scaling. A network
that wants its zeros elsewhere, such as on both sides as ``torch.stft`` puts them, is given a window of
``n_fft`` numbers that holds them.

The inverse weights each frame by the synthesis window and adds all frames up. What both windows have then
made of a signal is an envelope: over the sample ``i`` of a hop, the sum of ``analysis[j] * synthesis[j]`` for
``j = i, i + hop, i + 2*hop, ...`` (Griffin and Lim 1984). With ``overlap = "normalized"``, the sums are
divided by it, which gives back a signal whose spectrum was not changed, as ``torch.istft`` does. It is one
number for many windows: 1.5 for Hann twice at 75 % overlap, 1 for the root of Hann at 50 %. Others need a
value for each sample of a hop, such as Hann twice at 50 %. With ``overlap = "plain"``, the sums stay as they
are, for networks that have learnt to undo them. The output of a stream lags its input by
``latency = window - hop`` samples.

The emitted C, the trainer's tensors and the functions below all follow this text; tests hold them together.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ossicle.audio.formats import check_rate
from ossicle.audio.fourier import check_n_fft
from ossicle.audio.windows import HANN, Window, window_values
from ossicle.errors import OssicleError

NORMALIZED, PLAIN = "normalized", "plain"
LEAST_ENVELOPE = 1e-3
"""Of the largest value of an envelope: dividing by less makes noise of rounding errors."""
CONSTANT = 1e-5
"""An envelope that varies by less is one number: windows are rounded to 24 bits."""


@dataclass(frozen=True)
class StftConfig:
    """Sizes of the transform, in samples, and its windows; the defaults are those of arXiv 2210.07692.

    ``window`` is at least two hops, an overlap of 50 %, and at most ``n_fft``, an even product of 2, 3
    and 5. ``analysis`` and ``synthesis`` are names of :data:`ossicle.audio.windows.WINDOWS`, or tables of
    ``window`` numbers. ``overlap`` is ``"normalized"`` or ``"plain"``. Raises :class:`OssicleError` for all
    else, and for windows that leave samples without weight where these should be divided by it.
    """

    sample_rate: int = 16000
    window: int = 400
    hop: int = 100
    n_fft: int = 512
    analysis: Window = HANN
    synthesis: Window = HANN
    overlap: str = NORMALIZED

    def __post_init__(self) -> None:
        check_rate(self.sample_rate)
        check_n_fft(self.n_fft)
        if not 0 < 2 * self.hop <= self.window <= self.n_fft:
            raise OssicleError(
                f"window {self.window} must be at least two hops of {self.hop} and no longer than "
                f"n_fft {self.n_fft}"
            )
        if self.overlap not in (NORMALIZED, PLAIN):
            raise OssicleError(f"the overlap must be {NORMALIZED!r} or {PLAIN!r}, not {self.overlap!r}")
        if self.envelope.min() <= LEAST_ENVELOPE * self.envelope.max():
            raise OssicleError(
                f"the windows must leave no sample of a hop of {self.hop} without weight; take a smaller "
                f"hop, other windows, or overlap {PLAIN!r}"
            )

    @property
    def bins(self) -> int:
        """Number of frequency bins, ``n_fft / 2 + 1``."""
        return self.n_fft // 2 + 1

    @property
    def latency(self) -> int:
        """Lag of a stream's output behind its input, in samples."""
        return self.window - self.hop

    @property
    def analysis_window(self) -> np.ndarray:
        """What a frame is weighted by, float32 of shape ``(window,)``."""
        return window_values(self.analysis, self.window)

    @property
    def synthesis_window(self) -> np.ndarray:
        """What a frame of the inverse is weighted by before any division, float32 of shape ``(window,)``."""
        return window_values(self.synthesis, self.window)

    @property
    def envelope(self) -> np.ndarray:
        """What the sums of each sample of a hop are divided by, float32 of shape ``(hop,)``.

        Its values are equal, to the bit, where one number will do; where the overlap is plain, it is 1.
        """
        windows = self.analysis_window, self.synthesis_window
        if self.overlap == PLAIN:
            return np.ones(self.hop, np.float32)
        products = np.zeros(-(-self.window // self.hop) * self.hop)
        products[: self.window] = np.multiply(*windows, dtype=np.float64)
        sums: np.ndarray = products.reshape(-1, self.hop).sum(axis=0)
        if np.ptp(sums) <= CONSTANT * abs(sums.mean()):
            sums[:] = sums.mean()
        return sums.astype(np.float32)

    @property
    def synthesis_weights(self) -> np.ndarray:
        """The synthesis window over the envelope, float32 of shape ``(window,)``."""
        weights: np.ndarray = self.synthesis_window / np.resize(self.envelope, self.window)
        return weights

    def frames(self, samples: int) -> int:
        """Number of frames after which a stream has put out all of ``samples`` input samples."""
        return -(-(samples + self.latency) // self.hop)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain data, for a file header."""
        return asdict(self)


def stft(signal: np.ndarray, config: StftConfig) -> np.ndarray:
    """Transform float samples of shape ``(n,)`` into complex64 of shape ``(config.frames(n), bins)``."""
    return np.fft.rfft(windowed_frames(signal, config), config.n_fft).astype(np.complex64)


def windowed_frames(signal: np.ndarray, config: StftConfig) -> np.ndarray:
    """What :func:`stft` transforms: float32 of shape ``(config.frames(n), window)``, weighted."""
    frames = config.frames(len(signal))
    padded = np.zeros(config.latency + frames * config.hop, np.float32)
    padded[config.latency : config.latency + len(signal)] = signal
    windows = np.lib.stride_tricks.sliding_window_view(padded, config.window)[:: config.hop]
    weighted: np.ndarray = windows * config.analysis_window
    return weighted


def istft(spectrum: np.ndarray, config: StftConfig, samples: int) -> np.ndarray:
    """Invert :func:`stft` into ``samples`` float32 samples, aligned with the signal that was transformed."""
    frames = np.fft.irfft(spectrum, config.n_fft)[:, : config.window] * config.synthesis_weights
    padded = np.zeros(config.latency + len(frames) * config.hop)
    for start, frame in zip(range(0, len(frames) * config.hop, config.hop), frames, strict=True):
        padded[start : start + config.window] += frame
    return padded[config.latency : config.latency + samples].astype(np.float32)
