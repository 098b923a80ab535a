"""The examples that training and validation see, as data sets."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch

from ossicle.data.corpus import Corpus, clips_of, read_clips
from ossicle.data.keywords import KeywordMixing, KeywordSources, draw_keyword
from ossicle.data.mixing import MixConfig, Sources, draw_mixture


class Mixtures(torch.utils.data.Dataset[tuple[np.ndarray, np.ndarray]]):
    """Example ``i`` depends on the seed and ``i`` alone, so that a resumed run sees the same mixtures."""

    def __init__(
        self, sources: Sources, mixing: MixConfig, sample_rate: int, seed: int, indices: Sequence[int]
    ) -> None:
        self.sources, self.mixing, self.sample_rate = sources, mixing, sample_rate
        self.seed, self.indices = seed, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng((self.seed, self.indices[i]))
        return draw_mixture(rng, self.sources, self.mixing, self.sample_rate)


class Keywords(torch.utils.data.Dataset[tuple[np.ndarray, int]]):
    """Seconds of sound and their classes; likewise."""

    def __init__(
        self,
        sources: KeywordSources,
        mixing: KeywordMixing,
        sample_rate: int,
        seed: int,
        indices: Sequence[int],
    ) -> None:
        self.sources, self.mixing, self.sample_rate = sources, mixing, sample_rate
        self.seed, self.indices = seed, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, i: int) -> tuple[np.ndarray, int]:
        rng = np.random.default_rng((self.seed, self.indices[i]))
        return draw_keyword(rng, self.sources, self.mixing, self.sample_rate)


def decode_sources(corpus: Corpus, split: str, sample_rate: int) -> Sources:
    """Decode all clips of one split of a corpus."""
    speech_clips, noise_clips = clips_of(corpus.speech, split), clips_of(corpus.noise, split)
    speech: dict[str, list[np.ndarray]] = defaultdict(list)
    for clip, samples in zip(speech_clips, read_clips(speech_clips, sample_rate), strict=True):
        speech[clip.speaker].append(samples)
    labels = tuple(clip.label for clip in noise_clips)
    return Sources(dict(speech), read_clips(noise_clips, sample_rate), labels)
