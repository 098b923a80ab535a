"""Recordings of any rate, channels and length through a built suppressor, block by block."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ossicle.audio.files import Audio
from ossicle.audio.level import LevelMeter, factor, usual_gain
from ossicle.audio.resampling import Resampler
from ossicle.tasks.suppression.program import SuppressorProgram, SuppressorStream

BLOCK_SECONDS = 4


def enhance(audio: Audio, program: SuppressorProgram) -> Audio:
    """Clean every channel on its own; rate, channels, length, alignment and depth stay.

    The network hears the program's sample rate: at higher rates, what lies above half of it is lost. It hears
    a channel that is very quiet or very loud at the usual level (:func:`usual_gains`).
    """
    size = BLOCK_SECONDS * audio.rate
    blocks = [audio.samples[start : start + size] for start in range(0, len(audio.samples), size)]
    gains = usual_gains(blocks, audio.rate, audio.samples.shape[1])
    cleaned = enhance_blocks(blocks, audio.rate, program, gains)
    return Audio(np.concatenate(list(cleaned)), audio.rate, audio.subtype)


def usual_gains(blocks: Iterable[np.ndarray], rate: int, channels: int) -> np.ndarray:
    """By what each channel should be multiplied for the network; 1 unless it is very quiet or very loud."""
    meter = LevelMeter(rate, channels)
    for block in blocks:
        meter.push(block)
    return np.array([usual_gain(level) for level in meter.levels_dbfs()], np.float32)


def kept_part(attenuation_db: float | None) -> float:
    """The part of the input that stays in the output, so that noise loses at most so many dB; 0 for None."""
    return 0.0 if attenuation_db is None else factor(-attenuation_db)


def mixed(cleaned: np.ndarray, before: np.ndarray, kept: float) -> np.ndarray:
    """Cleaned samples and a part of what they were before, as ``NAME_stream.c`` mixes them."""
    part = np.float32(kept)
    return (1 - part) * cleaned + part * before if kept else cleaned


def enhance_blocks(
    blocks: Iterable[np.ndarray], rate: int, program: SuppressorProgram, gains: np.ndarray, kept: float = 0.0
) -> Iterator[np.ndarray]:
    """Clean blocks of float32 samples ``(frames, channels)``; as many frames come out in all.

    Channels are multiplied by ``gains``, ``(channels,)``, before the network, and divided by them after it.
    ``kept``, from 0 to 1, is the part of the input that stays in the output.
    How the sound is cut into blocks changes nothing.
    """
    channels = len(gains)
    there = Resampler(rate, program.sample_rate, channels)
    back = Resampler(program.sample_rate, rate, channels)
    streams = [program.open() for _ in range(channels)]
    skip, received, sent = program.latency, 0, 0
    before = np.zeros((0, channels), np.float32)
    for block in blocks:
        received += len(block)
        before = np.concatenate([before, block])
        cleaned = _process(streams, there.push(block * gains))
        ready = back.push(cleaned[skip:])[: received - sent]
        skip -= min(skip, len(cleaned))
        sent += len(ready)
        yield mixed(ready / gains, before[: len(ready)], kept)
        before = before[len(ready) :]
    rest = there.push(np.zeros((0, channels), np.float32), last=True)
    cleaned = np.concatenate([_process(streams, rest), np.stack([s.flush() for s in streams], axis=1)])
    ready = back.push(cleaned[skip:], last=True)[: received - sent]
    yield mixed(np.pad(ready / gains, ((0, received - sent - len(ready)), (0, 0))), before, kept)


def _process(streams: Sequence[SuppressorStream], samples: np.ndarray) -> np.ndarray:
    return np.stack([stream.process(channel) for stream, channel in zip(streams, samples.T, strict=True)], 1)
