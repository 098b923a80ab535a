"""From a corpus to a model file: train, import, calibrate."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from ossicle.audio.stft import stft
from ossicle.data.corpus import Corpus, load_corpus
from ossicle.data.mixing import MixConfig, draw_mixture
from ossicle.graph.file import SUFFIX, Model, save_model
from ossicle.graph.from_torch import import_suppressor
from ossicle.quantize import calibrate
from ossicle.train.fit import FitConfig, Progress, decode_sources, fit

CALIBRATION_CLIPS = 40


def train_model(
    data: Path, out: Path, config: FitConfig, mixing: MixConfig, report: Callable[[Progress], None]
) -> Path:
    """Train a network on the corpus ``data`` in the folder ``out``; returns the model file there."""
    corpus = load_corpus(data)
    trained = fit(corpus, out, config, mixing, report)
    graph = import_suppressor(trained, config.network)
    rng = np.random.default_rng((config.seed, 2))
    sources = decode_sources(corpus, "train", graph.stft.sample_rate)
    clips = (
        np.abs(stft(draw_mixture(rng, sources, mixing, graph.stft.sample_rate)[0], graph.stft))
        for _ in range(CALIBRATION_CLIPS)
    )
    provenance = {
        "recipe": {"fit": asdict(config), "mixing": asdict(mixing), "torch": torch.__version__},
        "data": describe_data(corpus),
    }
    path = out / f"{config.network}{SUFFIX}"
    save_model(Model(graph, calibrate(graph, clips), provenance), path)
    return path


def describe_data(corpus: Corpus) -> dict[str, object]:
    """Hours, clips and licences that the training split is made of."""
    return {
        kind: {
            "clips": len(clips),
            "hours": round(sum(clip.duration_s for clip in clips) / 3600, 2),
            "licences": sorted({clip.licence for clip in clips}),
        }
        for kind, clips in (("speech", corpus.speech["train"]), ("noise", corpus.noise["train"]))
    }
