"""From a corpus to a model file: train, import, calibrate."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from ossicle.audio.stft import stft
from ossicle.data.corpus import Corpus, load_corpus
from ossicle.data.mixing import draw_mixture
from ossicle.graph.file import SUFFIX, Model, save_model
from ossicle.graph.from_torch import import_suppressor
from ossicle.models.suppressor import Suppressor
from ossicle.quantize import calibrate
from ossicle.train.examples import decode_sources
from ossicle.train.fit import fit
from ossicle.train.processes import join_processes
from ossicle.train.recipe import Recipe
from ossicle.train.record import Progress

CALIBRATION_CLIPS = 40


def train_model(
    data: Path, out: Path, recipe: Recipe, report: Callable[[Progress], None], workers: int = 1
) -> Path | None:
    """Train a network on the corpus ``data`` in the folder ``out``; returns the model file there.

    Of the processes that ``torchrun`` started, one writes it; the others return nothing.
    """
    corpus = load_corpus(data)
    with join_processes() as place:
        network = fit(corpus, out, recipe, report, place, workers)
    if not place.leads:
        return None
    path = out / f"{recipe.fit.network}{SUFFIX}"
    save_model(make_model(network, corpus, recipe), path)
    return path


def make_model(network: Suppressor, corpus: Corpus, recipe: Recipe) -> Model:
    """Import a trained network and calibrate it on mixtures of the training split."""
    graph, config = import_suppressor(network, recipe.fit.network), network.stft
    rng = np.random.default_rng((recipe.fit.seed, 2))
    sources = decode_sources(corpus, "train", config.sample_rate)
    clips = [
        np.abs(stft(draw_mixture(rng, sources, recipe.mixing, config.sample_rate)[0], config))
        for _ in range(CALIBRATION_CLIPS)
    ]
    provenance = {"recipe": asdict(recipe) | {"torch": torch.__version__}, "data": describe_data(corpus)}
    return Model(graph, calibrate(graph, clips), provenance)


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
