"""The one definition of the fixed-point features that TensorFlow Lite Micro calls the microfrontend.

microWakeWord and micro_speech hear them. All of it is integer arithmetic, so that every platform gives the
same bits; only its tables (:mod:`ossicle.audio.microfrontend_tables`) are made of floats.

Frame ``t`` covers the int16 samples ``[t*hop, t*hop + window)``. Their product with a Hann window of 12 bits,
shifted back, is shifted up as far as its largest value allows, padded with zeros to a power of two, and
transformed (:mod:`ossicle.audio.fixed_fft`). Energies of the bins go through triangular filters on the mel
scale, of 12 bits; the rounded square root is shifted back. The noise is a moving mean of each channel, faster
in odd ones, which is taken off. Where gains are controlled (per-channel amplitude normalization, PCAN), the
rest is multiplied by a power of the noise, and small values are squared. The natural logarithm follows, in
steps of ``2**-log_shift``.

A patch is what the network reads: the newest ``frames`` frames, one after another, times ``scale``, with
zeros before the first. There is none before the first window is full.
"""

import numpy as np

from ossicle.audio.fixed_fft import real_fft
from ossicle.audio.microfrontend_tables import (
    LOG_SEGMENTS_BITS,
    NOISE_BITS,
    SHRUNK_BITS,
    SNR_BITS,
    WINDOW_BITS,
    MicrofrontendConfig,
    Tables,
    tables_of,
)
from ossicle.audio.pcm import to_pcm16

LN_2 = 45426
"""With 16 fraction bits."""


def features(signal: np.ndarray, config: MicrofrontendConfig) -> np.ndarray:
    """The features of int16 samples ``(n,)`` from the start, uint16 of shape ``(frames, channels)``.

    There is a frame for each window that lies within the signal.
    """
    tables = tables_of(config)
    energies, shifts = _energies(signal, config, tables)
    magnitudes = _rounded_roots(_channels(energies, tables)) >> shifts[:, None]
    noise = np.zeros(config.channels, np.uint64)
    found = np.zeros(magnitudes.shape, np.uint16)
    for t, magnitude in enumerate(magnitudes):
        signal_left, noise = _without_noise(magnitude, noise, config, tables)
        found[t] = _logarithm(_levelled(signal_left, noise, config, tables), config, tables)
    return found


def lead_frames(config: MicrofrontendConfig, step: int) -> int:
    """Patches that are left out at the start, one after every ``step`` frames, until a window is full."""
    return -(-(config.window - config.hop) // (step * config.hop))


def patches(signal: np.ndarray, config: MicrofrontendConfig, step: int) -> np.ndarray:
    """The patches of a float signal after every ``step`` frames, float32 of shape ``(patches, inputs)``.

    There are ``n // hop // step`` of them, less the lead; the first one ends with the frame ``step - 1``.
    """
    rows = features(to_pcm16(signal), config).astype(np.float32) * np.float32(config.scale)
    count = max(len(signal) // (step * config.hop) - lead_frames(config, step), 0)
    padded = np.concatenate([np.zeros((config.frames, config.channels), np.float32), rows])
    ends = np.arange(1, count + 1) * step
    return np.array([padded[end : end + config.frames].reshape(-1) for end in ends], np.float32).reshape(
        -1, config.inputs
    )


def _energies(
    signal: np.ndarray, config: MicrofrontendConfig, tables: Tables
) -> tuple[np.ndarray, np.ndarray]:
    """Energies of the bins of each frame, and by how many bits its samples were shifted up."""
    if len(signal) < config.window:
        return np.zeros((0, config.n_fft // 2 + 1), np.uint64), np.zeros(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(signal.astype(np.int32), config.window)[:: config.hop]
    weighted = ((windows * tables.window.astype(np.int32)) >> WINDOW_BITS).astype(np.int16)
    shifts = 15 - _bits(np.maximum(np.abs(weighted), 0).max(axis=1))
    padded = np.zeros((len(weighted), config.n_fft), np.int16)
    padded[:, : config.window] = weighted.astype(np.int32) << shifts[:, None]
    return np.square(real_fft(padded)).sum(-1).astype(np.uint64), shifts.astype(np.uint64)


def _channels(energies: np.ndarray, tables: Tables) -> np.ndarray:
    """Weighted sums, uint64 of shape ``(frames, channels)``."""
    found = np.zeros((len(energies), len(tables.first) - 1), np.uint64)
    begin = 0
    for i, (first, count) in enumerate(zip(tables.first, tables.count, strict=True)):
        bins, weights = energies[:, first : first + count], slice(begin, begin + count)
        if i < found.shape[1]:
            found[:, i] += bins @ tables.rising[weights].astype(np.uint64)
        if i > 0:
            found[:, i - 1] += bins @ tables.falling[weights].astype(np.uint64)
        begin += int(count)
    return found


def _rounded_roots(values: np.ndarray) -> np.ndarray:
    """Square roots to the nearest integer; those of 32 bits are at most 65535."""
    roots = np.sqrt(values.astype(np.float64)).astype(np.uint64)
    roots -= roots * roots > values
    roots += (roots + np.uint64(1)) ** 2 <= values
    rounded = roots + (values - roots * roots > roots)
    most = np.where(values >> np.uint64(32) == 0, np.uint64(65535), np.uint64(0xFFFFFFFF))
    limited: np.ndarray = np.minimum(rounded, most)
    return limited


def _without_noise(
    magnitude: np.ndarray, noise: np.ndarray, config: MicrofrontendConfig, tables: Tables
) -> tuple[np.ndarray, np.ndarray]:
    """Magnitudes less the noise, and the noise with them in it."""
    factors = tables.smoothing.astype(np.uint64)
    factor = np.where(np.arange(config.channels) % 2, factors[1], factors[0])
    scaled = magnitude << np.uint64(config.smoothing_bits) & np.uint64(0xFFFFFFFF)
    noise = scaled * factor + noise * (np.uint64(1 << NOISE_BITS) - factor) >> np.uint64(NOISE_BITS)
    left = scaled - np.minimum(noise, scaled) >> np.uint64(config.smoothing_bits)
    return np.maximum(left, magnitude * factors[2] >> np.uint64(NOISE_BITS)), noise


def _levelled(
    magnitude: np.ndarray, noise: np.ndarray, config: MicrofrontendConfig, tables: Tables
) -> np.ndarray:
    """Magnitudes times their gains; small ones are squared."""
    if config.pcan is None:
        return magnitude
    shift = np.uint64(config.gain_shift)
    gains = _interpolated(noise.astype(np.int64), tables.gain.astype(np.int64)).astype(np.uint64)
    snr = magnitude * gains >> shift & np.uint64(0xFFFFFFFF)
    squared = snr * snr >> np.uint64(2 + 2 * SNR_BITS - SHRUNK_BITS)
    large = (snr >> np.uint64(SNR_BITS - SHRUNK_BITS)) - np.uint64(1 << SHRUNK_BITS)
    return np.where(snr < 2 << SNR_BITS, squared, large)


def _interpolated(x: np.ndarray, table: np.ndarray) -> np.ndarray:
    bits = np.maximum(_bits(x), 2)
    at = 4 * bits - 6
    fraction = np.where(bits < 11, x << np.maximum(11 - bits, 0), x >> np.maximum(bits - 11, 0)) & 0x3FF
    parabola = ((table[at + 2] * fraction >> 5) + (table[at + 1] << 5)) * fraction
    results: np.ndarray = (parabola + (1 << 14) >> 15) + table[at]
    return np.where(x <= 2, table[np.minimum(x, 2)], results)


def _logarithm(magnitude: np.ndarray, config: MicrofrontendConfig, tables: Tables) -> np.ndarray:
    x = (magnitude << np.uint64(config.correction_bits) & np.uint64(0xFFFFFFFF)).astype(np.int64)
    whole = np.maximum(_bits(x) - 1, 0)
    fraction = (x << 16 >> whole) - (1 << 16)
    segment, within = fraction >> 16 - LOG_SEGMENTS_BITS, fraction & (1 << 16 - LOG_SEGMENTS_BITS) - 1
    table = tables.log.astype(np.int64)
    curve = table[segment] + ((table[segment + 1] - table[segment]) * within >> 16)
    natural = LN_2 * ((whole << 16) + fraction + curve) + (1 << 15) >> 16
    return np.where(x > 1, np.minimum((natural << config.log_shift) + (1 << 15) >> 16, 65535), 0)


def _bits(values: np.ndarray) -> np.ndarray:
    """Number of bits up to the highest one that is set."""
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)
