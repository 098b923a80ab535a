"""Whole recordings through a built suppressor: any rate, any number of channels."""

from collections.abc import Callable

import numpy as np

from ossicle.audio.files import Audio, resample
from ossicle.tasks.suppression.program import SuppressorProgram

BLOCK_SECONDS = 5


def enhance(
    audio: Audio, program: SuppressorProgram, advance: Callable[[float], None] = lambda share: None
) -> Audio:
    """Clean every channel on its own; rate, channels, length, alignment and depth stay.

    The network hears the program's sample rate: at higher rates, what lies above half of it is lost.
    ``advance`` is told, as the work goes on, which further share of it is done.
    """
    sample_rate = program.sample_rate
    samples = resample(audio.samples, audio.rate, sample_rate)
    if not len(samples):
        samples = np.zeros((1, audio.samples.shape[1]), np.float32)
    channels = []
    for channel in samples.T:
        stream = program.open()
        pieces = []
        for start in range(0, len(channel), BLOCK_SECONDS * sample_rate):
            block = channel[start : start + BLOCK_SECONDS * sample_rate]
            pieces.append(stream.process(block))
            advance(len(block) / samples.size)
        channels.append(np.concatenate([*pieces, stream.flush()])[program.latency :])
    cleaned = resample(np.stack(channels, axis=1), sample_rate, audio.rate, len(audio.samples))
    return Audio(cleaned, audio.rate, audio.subtype)
