"""From a corpus to a model file: train, import, calibrate."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from ossicle.audio.stft import stft
from ossicle.data.corpus import Clip, Corpus, load_corpus
from ossicle.data.keywords import LABELS, load_keywords
from ossicle.data.mixing import draw_mixture
from ossicle.graph.file import SUFFIX, Model, save_model
from ossicle.graph.from_torch import import_suppressor
from ossicle.models.suppressor import Suppressor
from ossicle.quantize import calibrate
from ossicle.train.checkpoint import save_spotter
from ossicle.train.examples import decode_sources
from ossicle.train.fit import fit
from ossicle.train.fit_spotter import fit_spotter
from ossicle.train.processes import join_processes
from ossicle.train.recipe import Recipe, SpotterRecipe
from ossicle.train.record import Progress

CALIBRATION_CLIPS = 40


def train_model(
    data: Path,
    out: Path,
    recipe: Recipe | SpotterRecipe,
    report: Callable[[Progress], None],
    workers: int = 1,
) -> Path | None:
    """Train a network on the corpus ``data`` in the folder ``out``; returns the model file there.

    Of the processes that ``torchrun`` started, one writes it; the others return nothing.
    """
    if isinstance(recipe, SpotterRecipe):
        return _train_spotter(data, out, recipe, report, workers)
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
    data = describe_data({"speech": corpus.speech["train"], "noise": corpus.noise["train"]})
    provenance = {"recipe": asdict(recipe) | {"torch": torch.__version__}, "data": data}
    return Model(graph, calibrate(graph, clips), provenance)


def describe_data(training: dict[str, tuple[Clip, ...]]) -> dict[str, object]:
    """Hours, clips and licences of the kinds of clips that a network was trained on."""
    return {
        kind: {
            "clips": len(clips),
            "hours": round(sum(clip.duration_s for clip in clips) / 3600, 2),
            "licences": sorted({clip.licence for clip in clips}),
        }
        for kind, clips in training.items()
    }


def _train_spotter(
    data: Path, out: Path, recipe: SpotterRecipe, report: Callable[[Progress], None], workers: int
) -> Path | None:
    """Train a spotter; its weights go into a safetensors file whose header says what they are, as JSON."""
    corpus = load_keywords(data)
    with join_processes() as place:
        network = fit_spotter(corpus, out, recipe, report, place, workers)
    if not place.leads:
        return None
    path = out / f"{recipe.fit.network}.safetensors"
    about = {
        "labels": LABELS,
        "mel": network.mel.as_dict(),
        "recipe": asdict(recipe) | {"torch": torch.__version__},
        "data": describe_data({"keywords": corpus.words["train"], "noise": corpus.noise["train"]}),
    }
    save_spotter(path, recipe.fit.network, network, about)
    return path
