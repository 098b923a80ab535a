"""Transforms that are compared in C, NumPy and tensors: those of known networks, and odd ones."""

from ossicle.audio.stft import StftConfig

CONFIGS = [
    StftConfig(),
    StftConfig(sample_rate=8000, window=64, hop=16, n_fft=64),
    StftConfig(window=500, hop=100, n_fft=1024),
    StftConfig(sample_rate=48000, window=24, hop=3, n_fft=32),
    StftConfig(window=4, hop=1, n_fft=4),
    StftConfig(window=320, hop=160, n_fft=320, analysis="sqrt_hann", synthesis="sqrt_hann"),
    StftConfig(
        window=320, hop=160, n_fft=480, analysis="sqrt_hann_symmetric", synthesis="sqrt_hann_symmetric"
    ),
    StftConfig(window=400, hop=100, n_fft=400, analysis="hamming", synthesis="hamming"),
    StftConfig(window=480, hop=160, n_fft=512, analysis="hann_symmetric", synthesis="hamming"),
    StftConfig(sample_rate=48000, window=960, hop=480, n_fft=960, analysis="vorbis", synthesis="vorbis"),
    StftConfig(window=512, hop=256, n_fft=512),
    StftConfig(window=512, hop=128, n_fft=512, analysis="rectangular", synthesis="rectangular"),
    StftConfig(window=400, hop=160, n_fft=1536, synthesis="rectangular"),
    StftConfig(window=50, hop=11, n_fft=90, analysis="hamming"),
    StftConfig(window=4, hop=2, n_fft=6, analysis=(1.0, 2.0, 3.0, 4.0), synthesis=(0.5, -0.25, 1.0, 0.5)),
]
