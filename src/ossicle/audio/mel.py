"""The one definition of the streaming log-mel and MFCC features that networks of speech hear.

Frame ``t`` covers the samples ``[(t + 1)*hop - window, (t + 1)*hop)``: it ends with the newest hop, and
samples before the start are zero. Samples are of -1..1, times ``gain``; where there is a ``pre_emphasis``,
that fraction of the sample before is taken off each one. The frame is weighted by the window ``analysis``,
padded with zeros to ``n_fft`` and transformed without scaling. Magnitudes of the bins, to the ``power`` of 1
or 2, go through triangular filters, whose edges lie evenly on a mel scale: ``slaney`` is that of the Auditory
Toolbox, ``htk`` is ``2595*log10(1 + f/700)``. A band becomes ``log(max(band, floor) + offset)``: in dB,
``10*log10``, or as a natural or decimal logarithm.

A patch is what the network reads: the newest ``frames`` frames, with frames of silence before the start.
Values more than ``top_db`` under the largest one OF THE PATCH are raised to that, so that loudness has no
say. Then, for ``standard``, the mean of the patch is taken off and its standard deviation (plus 0.01 dB, for
silence) divided out; for ``max``, its largest value is taken off. Then the value ``mean`` is taken off and
``std`` divided out, and the result is limited to ``clip``; then, for MFCC, each frame goes through a DCT-II.
The patch has the shape ``(features, frames)``, or ``(frames, features)`` where its layout is ``time_major``.

With the default settings, the figures are those of librosa with ``center=False``. The emitted C and, for
those settings, the trainer's tensors follow this text; tests hold them together.
"""

from collections.abc import Callable

import numpy as np

from ossicle.audio.mel_tables import (
    DECIBEL,
    MAXIMUM,
    MEL_MAJOR,
    STANDARD,
    MelConfig,
    dct_matrix,
    mel_filters,
)

STD_OFFSET_DB = 0.01
"""Keeps the rounding errors of a constant patch small; next to the 10 to 20 dB of sound it is nothing."""
_LOGARITHMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "db": lambda x: 10 * np.log10(x),
    "ln": np.log,
    "log10": np.log10,
}


def silence(config: MelConfig) -> float:
    """The logarithm of a band of nothing."""
    return float(_LOGARITHMS[config.logarithm](np.array(config.floor + config.offset)))


def log_mel(signal: np.ndarray, config: MelConfig) -> np.ndarray:
    """Logarithms of the mel bands of a float signal ``(n,)``; float32 of shape ``(n // hop, mels)``."""
    frames = len(signal) // config.hop
    if not frames:
        return np.zeros((0, config.mels), np.float32)
    sound = signal[: frames * config.hop]
    if config.pre_emphasis:
        sound = sound - config.pre_emphasis * np.concatenate([np.zeros(1), sound[:-1]])
    padded = np.concatenate([np.zeros(config.window), sound])
    windows = np.lib.stride_tricks.sliding_window_view(padded, config.window)[config.hop :: config.hop]
    spectrum = np.fft.rfft(windows * config.analysis_window, config.n_fft)
    bands = np.abs(spectrum) ** config.power @ mel_filters(config).T.astype(np.float64)
    logarithms: np.ndarray = _LOGARITHMS[config.logarithm](np.maximum(bands, config.floor) + config.offset)
    return logarithms.astype(np.float32)


def mfcc(signal: np.ndarray, config: MelConfig) -> np.ndarray:
    """The DCT of :func:`log_mel`, float32 of shape ``(n // hop, coefficients)``."""
    coefficients: np.ndarray = log_mel(signal, config) @ dct_matrix(config).T
    return coefficients


def patch(rows: np.ndarray, config: MelConfig) -> np.ndarray:
    """The network's input after the last row of :func:`log_mel`, ``(n, mels)``; float32 ``(inputs,)``."""
    newest = np.full((config.frames, config.mels), silence(config))
    count = min(len(rows), config.frames)
    newest[config.frames - count :] = rows[len(rows) - count :]
    if config.top_db:
        newest = np.maximum(newest, newest.max() - config.top_db * DECIBEL[config.logarithm])
    if config.normalize == STANDARD:
        newest = (newest - newest.mean()) / (newest.std() + STD_OFFSET_DB * DECIBEL[config.logarithm])
    elif config.normalize == MAXIMUM:
        newest = newest - newest.max()
    values = (newest - config.mean) / config.std
    if config.clip:
        values = np.clip(values, config.clip[0], config.clip[1])
    if config.coefficients:
        values = values @ dct_matrix(config).T.astype(np.float64)
    ordered = values.T if config.layout == MEL_MAJOR else values
    return np.ascontiguousarray(ordered, np.float32).reshape(-1)


def patches(signal: np.ndarray, config: MelConfig, step: int) -> np.ndarray:
    """The patches of a stream after every ``step`` frames; float32 ``(n // hop // step, inputs)``."""
    rows = log_mel(signal, config)
    ends = range(step, len(rows) + 1, step)
    return np.array([patch(rows[:end], config) for end in ends], np.float32).reshape(-1, config.inputs)
