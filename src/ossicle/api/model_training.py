"""From a corpus to a model file: train, import, calibrate. It needs torch: only a training imports it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch

from ossicle.audio.mel import patches
from ossicle.audio.mel_tables import MelConfig
from ossicle.data.corpus import Clip, Corpus, load_corpus
from ossicle.data.keywords import (
    COMMANDS,
    LABELS,
    KeywordCorpus,
    decode_keywords,
    draw_keyword,
    load_keywords,
)
from ossicle.data.mixing import draw_mixture
from ossicle.errors import OssicleError
from ossicle.graph.file import load_model, save_model
from ossicle.graph.graph import Graph
from ossicle.graph.model import Model
from ossicle.graph.task import Clip as Heard
from ossicle.models.spotter import SPOTTERS, Spotter
from ossicle.models.suppressor import Suppressor
from ossicle.quantization import calibrate
from ossicle.tasks.audio import audio_task
from ossicle.tasks.spotting.from_torch import import_spotter
from ossicle.tasks.spotting.from_torch import weights_of as spotter_weights
from ossicle.tasks.spotting.record import Detector, Spotting
from ossicle.tasks.suppression.from_torch import import_suppressor, weights_of
from ossicle.tasks.suppression.settings import Suppression
from ossicle.train.checkpoint import save_spotter
from ossicle.train.examples import decode_sources
from ossicle.train.fit import fit
from ossicle.train.fit_spotter import fit_spotter
from ossicle.train.processes import join_processes
from ossicle.train.recipe import Recipe, SpotterRecipe
from ossicle.train.record import Progress
from ossicle.train.warm_start import Pretrained
from ossicle.zoo import SUFFIX, model_hash

CALIBRATION_CLIPS = 40
CALIBRATION_WORDS = 500


def train_model(
    data: Path,
    out: Path,
    recipe: Recipe | SpotterRecipe,
    report: Callable[[Progress], None],
    workers: int = 1,
    start: Path | None = None,
) -> Path | None:
    """Train a network on the corpus ``data`` in the folder ``out``; returns the model file there.

    It begins with the weights of the model file ``start``, if given. Of the processes that
    ``torchrun`` started, one writes the file; the others return nothing.
    """
    if isinstance(recipe, SpotterRecipe):
        return _train_spotter(data, out, recipe, report, workers, start)
    corpus = load_corpus(data)
    with join_processes() as place:
        pretrained = read_pretrained(start) if start else None
        network = fit(corpus, out, recipe, report, place, workers, pretrained)
    if not place.leads:
        return None
    path = out / f"{recipe.fit.network}{SUFFIX}"
    save_model(make_model(network, corpus, recipe, _origin(start)), path)
    return path


def read_pretrained(path: Path) -> Pretrained:
    """The weights of a suppressor's model file, for a training to start from."""
    graph = load_model(path).graph
    if not isinstance(graph.task, Suppression) or graph.quantized:
        raise OssicleError(f"{path} is no noise suppressor in float; name a model file of one to start from")
    return Pretrained(graph.task.heard[0].kind, weights_of(graph))


def read_spotter_weights(path: Path) -> dict[str, np.ndarray]:
    """The weights of a spotter's model file, likewise."""
    graph = load_model(path).graph
    if not isinstance(graph.task, Spotting) or graph.quantized:
        raise OssicleError(f"{path} is no keyword spotter in float; name a model file of one to start from")
    return spotter_weights(graph)


def _origin(start: Path | None) -> dict[str, object]:
    """What a training started from, for the header of its model."""
    return {"start": {"name": start.stem, "sha256": model_hash(start)}} if start else {}


def make_model(
    network: Suppressor, corpus: Corpus, recipe: Recipe, origin: Mapping[str, object] = MappingProxyType({})
) -> Model:
    """Import a trained network and calibrate it on mixtures of the training split.

    ``origin`` says what the training started from.
    """
    graph = import_suppressor(network, recipe.fit.network)
    data = describe_data({"speech": corpus.speech["train"], "noise": corpus.noise["train"]})
    provenance = {"recipe": asdict(recipe) | {"torch": torch.__version__}, "data": data, **origin}
    return Model(graph, calibrate(graph, calibration_mixtures(corpus, recipe, graph)), provenance)


def calibration_mixtures(corpus: Corpus, recipe: Recipe, graph: Graph) -> list[Heard]:
    """What a network hears of mixtures of the training split, each ``(frames, bins)``."""
    rng = np.random.default_rng((recipe.fit.seed, 2))
    task = audio_task(graph)
    sources = decode_sources(corpus, "train", task.sample_rate)
    mixtures = (
        draw_mixture(rng, sources, recipe.mixing, task.sample_rate)[0] for _ in range(CALIBRATION_CLIPS)
    )
    return [task.hear(mixture) for mixture in mixtures]


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
    data: Path,
    out: Path,
    recipe: SpotterRecipe,
    report: Callable[[Progress], None],
    workers: int,
    start: Path | None,
) -> Path | None:
    """Train a spotter; writes its model file, and beside it the weights, which can teach another one."""
    corpus = load_keywords(data)
    with join_processes() as place:
        pretrained = read_spotter_weights(start) if start else None
        network = fit_spotter(corpus, out, recipe, report, place, workers, pretrained)
    if not place.leads:
        return None
    name = recipe.fit.network
    model = make_spotter(network, corpus, recipe, _origin(start))
    save_spotter(out / f"{name}.safetensors", name, network, model.provenance)
    path = out / f"{name}{SUFFIX}"
    save_model(model, path)
    return path


def make_spotter(
    network: Spotter,
    corpus: KeywordCorpus,
    recipe: SpotterRecipe,
    origin: Mapping[str, object] = MappingProxyType({}),
) -> Model:
    """Import a trained spotter and calibrate it on examples of the training split; ``origin`` likewise."""
    mel, name = network.mel, recipe.fit.network
    detector = Detector(**asdict(recipe.detector))
    task = Spotting(mel, LABELS, COMMANDS, SPOTTERS[name].frames, detector)
    graph = import_spotter(network, name, task)
    calibration = calibrate(graph, [calibration_words(corpus, recipe, mel)])
    provenance = {
        "recipe": asdict(recipe) | {"torch": torch.__version__},
        "data": describe_data(training_words(corpus)),
        **origin,
    }
    return Model(graph, calibration, provenance)


def training_words(corpus: KeywordCorpus) -> dict[str, tuple[Clip, ...]]:
    """The kinds of clips that spotters are trained on."""
    kinds = {"keywords": corpus.words, "noise": corpus.noise, "speech": corpus.talk}
    return {kind: clips["train"] for kind, clips in kinds.items() if "train" in clips}


def calibration_words(corpus: KeywordCorpus, recipe: SpotterRecipe, mel: MelConfig) -> np.ndarray:
    """Patches of words of the training split, ``(words, inputs)``."""
    rng = np.random.default_rng((recipe.fit.seed, 2))
    sources = decode_keywords(corpus, "train", mel.sample_rate)
    examples = (
        draw_keyword(rng, sources, recipe.mixing, mel.sample_rate)[0] for _ in range(CALIBRATION_WORDS)
    )
    return np.stack([patches(signal, mel, 1)[-1] for signal in examples])
