"""A suppressor between a microphone and a loudspeaker: as many samples out as in, block by block."""

from collections.abc import Iterator

import numpy as np

from ossicle.audio.level import factor
from ossicle.tasks.suppression.enhance import enhance_blocks, kept_part, mixed
from ossicle.tasks.suppression.program import SuppressorProgram

PROBE_S = 5.0
"""Seconds of silence by which the delay is found; where blocks and frames meet less well later, it grows."""


class LiveSuppressor:
    """Blocks of equal size through a suppressor at the rate of a device.

    What comes out before and after the network is delayed by the same ``delay`` samples, so that one can be
    heard in place of the other. ``delay`` is what the network, the resampling and the cutting of blocks into
    frames take together; together with no other delay, the cleaned samples are those of
    :func:`ossicle.denoise`. ``attenuation_db`` may be set at any time: what noise loses at most, or None.
    """

    def __init__(
        self,
        program: SuppressorProgram,
        rate: int,
        block: int,
        gain_db: float = 0.0,
        attenuation_db: float | None = None,
    ) -> None:
        self.attenuation_db = attenuation_db
        self._program, self._rate, self._block = program, rate, block
        self._gains = np.array([factor(gain_db)], np.float32)
        self.delay = self._longest_wait()
        self._cleaned = self._clean()
        self._before = self._after = np.zeros(self.delay, np.float32)

    def push(self, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take float32 samples ``(block,)``; returns as many before and after the network, aligned."""
        self._heard = block[:, None]
        self._before = np.concatenate([self._before, block])
        self._after = np.concatenate([self._after, next(self._cleaned)[:, 0]])
        self._wait(len(block) - len(self._after))
        before, self._before = np.split(self._before, [len(block)])
        after, self._after = np.split(self._after, [len(block)])
        return before, mixed(after, before, kept_part(self.attenuation_db))

    def _wait(self, missing: int) -> None:
        """Delay all that follows by so many samples, where there are some."""
        silence = np.zeros(max(missing, 0), np.float32)
        self._before = np.concatenate([silence, self._before])
        self._after = np.concatenate([silence, self._after])
        self.delay += len(silence)

    def _clean(self) -> Iterator[np.ndarray]:
        return enhance_blocks(self._blocks(), self._rate, self._program, self._gains)

    def _blocks(self) -> Iterator[np.ndarray]:
        while True:
            yield self._heard

    def _longest_wait(self) -> int:
        """By how many samples the cleaned ones lie behind what came in, at most."""
        self._heard = np.zeros((self._block, 1), np.float32)
        blocks = -(-round(PROBE_S * self._rate) // self._block)
        cleaned = self._clean()
        ready = np.cumsum([len(next(cleaned)) for _ in range(blocks)])
        return int((self._block * np.arange(1, blocks + 1) - ready).max())
