"""A model pruned and trained: prune, train, calibrate. It needs torch: only a fine-tuning imports it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ossicle.api.model_training import calibration_mixtures, calibration_words, describe_data, training_words
from ossicle.audio.features import trained_features
from ossicle.audio.mel_tables import MelConfig
from ossicle.data.corpus import load_corpus
from ossicle.data.keywords import LABELS, load_keywords
from ossicle.errors import OssicleError
from ossicle.finetuning.gradients import spotter_losses, suppressor_losses
from ossicle.finetuning.masks import Masks
from ossicle.finetuning.network import SCORES, GraphSpotter, GraphSuppressor
from ossicle.finetuning.recipe import PrunedRecipe, PrunedSpotterRecipe, pruned_recipe
from ossicle.finetuning.schedule import Schedule
from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration
from ossicle.graph.model import Model
from ossicle.pruning import GRADUAL, ONE_SHOT, Pruning, prune
from ossicle.quantization import calibrate
from ossicle.tasks.spotting.record import Spotting
from ossicle.tasks.suppression.settings import Suppression
from ossicle.train.fit import Pruner, fit_network
from ossicle.train.fit_spotter import fit_patches
from ossicle.train.processes import Place, join_processes
from ossicle.train.recipe import load_recipe, recipe_names
from ossicle.train.record import Progress

Report = Callable[[Progress], None]


def prune_and_train(
    model: Model,
    pruning: Pruning,
    data: Path,
    run: Path,
    recipe: str | None,
    changes: Mapping[str, Any],
    schedule: str | None,
    workers: int,
    report: Report,
) -> Model:
    """Prune a float model by a schedule and train it on a corpus; the folder ``run`` holds the checkpoints.

    ``recipe`` is that of the network where there is none given, and ``changes`` take the place of its values.
    """
    graph = model.graph
    if graph.quantized:
        raise OssicleError(f"model {graph.name!r} is quantized already; prune the float model")
    if not isinstance(graph.task, Suppression | Spotting):
        raise OssicleError(
            f"nobody knows what {graph.name} is to learn, a network of the task {graph.task.name}; only "
            "suppressors and spotters are trained, so prune without --finetune"
        )
    loaded = load_recipe(recipe or _recipe_of(model), changes)
    usual = ONE_SHOT if pruning.shrinks or pruning.criterion == "obs" else GRADUAL
    planned = Schedule(pruning, loaded.fit.steps, schedule or usual, _digest(graph))
    with join_processes() as place:
        if place.ranks > 1:
            raise OssicleError("pruning trains in one process; start it without torchrun")
        settings = pruned_recipe(loaded, planned)
        if isinstance(settings, PrunedSpotterRecipe):
            return _train_spotter(model, settings, data, run, workers, report, place)
        return _train_suppressor(model, settings, data, run, workers, report, place)


def _train_suppressor(
    model: Model, recipe: PrunedRecipe, data: Path, run: Path, workers: int, report: Report, place: Place
) -> Model:
    task = model.graph.task
    if not isinstance(task, Suppression) or task.estimate.kind != "mask" or len(task.heard) != 1:
        raise OssicleError(
            f"{model.graph.name} is not a suppressor that a recipe trains, which hears one kind of features "
            "and gives a mask; choose another recipe, or prune without --finetune"
        )
    trained_features(task.heard[0].kind)
    network_of = partial(GraphSuppressor, stft=task.stft, features=task.heard[0].kind)
    corpus, schedule = load_corpus(data), recipe.schedule
    assert schedule is not None  # pruned_recipe() has set it.
    losses: Mapping[str, np.ndarray] = {}
    if schedule.kind == ONE_SHOT and schedule.pruning.criterion == "taylor":
        whole = network_of(model.graph)
        losses = suppressor_losses(whole, Masks(whole.of, schedule.pruning), corpus, recipe, place)
    network = network_of(_begin(model, schedule, losses))
    pruner = _pruner(Masks(network.of, schedule.pruning), schedule)
    torch.manual_seed(recipe.fit.seed)
    graph = fit_network(network, corpus, run, recipe, report, place, workers, pruning=pruner).of.trained()
    described = describe_data({"speech": corpus.speech["train"], "noise": corpus.noise["train"]})
    return _finished(
        model, graph, calibrate(graph, calibration_mixtures(corpus, recipe, graph)), recipe, described
    )


def _train_spotter(
    model: Model,
    recipe: PrunedSpotterRecipe,
    data: Path,
    run: Path,
    workers: int,
    report: Report,
    place: Place,
) -> Model:
    task = model.graph.task
    if not isinstance(task, Spotting) or not isinstance(task.features, MelConfig) or task.labels != LABELS:
        raise OssicleError(
            f"{model.graph.name} is not a spotter that a recipe trains, whose classes are "
            f"{', '.join(LABELS)}; choose another recipe, or prune without --finetune"
        )
    if model.graph.nodes[-1].op != SCORES:
        raise OssicleError(
            f"{model.graph.name} does not end with a softmax, which training needs; prune without --finetune"
        )
    network_of = partial(GraphSpotter, mel=task.features)
    corpus, schedule = load_keywords(data), recipe.schedule
    assert schedule is not None  # pruned_recipe() has set it.
    losses: Mapping[str, np.ndarray] = {}
    if schedule.kind == ONE_SHOT and schedule.pruning.criterion == "taylor":
        whole = network_of(model.graph)
        losses = spotter_losses(whole, Masks(whole.of, schedule.pruning), corpus, recipe, place)
    network = network_of(_begin(model, schedule, losses))
    pruner = _pruner(Masks(network.of, schedule.pruning), schedule)
    torch.manual_seed(recipe.fit.seed)
    graph = fit_patches(network, corpus, run, recipe, report, place, workers, pruning=pruner).of.trained()
    described = describe_data(training_words(corpus))
    calibration = calibrate(graph, [calibration_words(corpus, recipe, task.features)])
    return _finished(model, graph, calibration, recipe, described)


def _begin(model: Model, schedule: Schedule, losses: Mapping[str, np.ndarray]) -> Graph:
    """The graph that is trained: the pruned one, or the whole one where weights go little by little."""
    if schedule.kind == GRADUAL:
        return model.graph
    return prune(model.graph, schedule.pruning, model.calibration, losses).graph


def _pruner(masks: Masks, schedule: Schedule) -> Pruner:
    return Pruner(schedule.ramp, partial(masks.follow, schedule=schedule))


def _finished(
    model: Model,
    graph: Graph,
    calibration: Calibration,
    recipe: PrunedRecipe | PrunedSpotterRecipe,
    data: dict[str, object],
) -> Model:
    about = {"recipe": asdict(recipe) | {"torch": torch.__version__}, "data": data}
    return Model(graph, calibration, {**model.provenance, "finetuning": about})


def _recipe_of(model: Model) -> str:
    """The name of the recipe that a model was trained by."""
    name = model.provenance.get("recipe", {}).get("fit", {}).get("network")
    if name not in recipe_names():
        raise OssicleError(
            f"nobody knows how {model.graph.name} was trained; name a recipe, such as --recipe gru256"
        )
    return str(name)


def _digest(graph: Graph) -> str:
    digest = hashlib.sha256()
    for node in graph.nodes:
        for name, array in sorted(node.constants.items()):
            digest.update(f"{node.name}.{name} {array.shape}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()
