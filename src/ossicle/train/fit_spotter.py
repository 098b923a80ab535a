"""The training of keyword spotters."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from ossicle.data.keywords import KeywordCorpus, decode_keywords, evaluation_set
from ossicle.models.spotter import PatchNetwork, Spotter, spotter, torch_patches
from ossicle.train.checkpoint import load_best, load_spotter, resume
from ossicle.train.examples import Keywords
from ossicle.train.fit import KEEP_ALL, Pruner, make_folder, update_all
from ossicle.train.processes import Place
from ossicle.train.recipe import SpotterRecipe
from ossicle.train.record import Progress, Recorder
from ossicle.train.spotting import spotting_loss, taught, validate_spotter

Network = TypeVar("Network", bound=PatchNetwork)


def fit_spotter(
    corpus: KeywordCorpus,
    out: Path,
    recipe: SpotterRecipe,
    report: Callable[[Progress], None],
    place: Place,
    workers: int = 1,
) -> Spotter:
    """Train a spotter and return it, on the CPU, with the weights of its best validation loss.

    All else is as for :func:`ossicle.train.fit.fit`.
    """
    torch.manual_seed(recipe.fit.seed)
    return fit_patches(spotter(recipe.fit.network), corpus, out, recipe, report, place, workers)


def fit_patches(
    model: Network,
    corpus: KeywordCorpus,
    out: Path,
    recipe: SpotterRecipe,
    report: Callable[[Progress], None],
    place: Place,
    workers: int,
    pruning: Pruner = KEEP_ALL,
) -> Network:
    """Train any spotter, as :func:`fit_spotter` does."""
    make_folder(out)
    config = recipe.fit
    model.to(place.device)
    # This order of the axes halves the time of an update of dscnn on a CPU. PyTorch's annotations lack it.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    teacher = load_spotter(Path(config.teacher)).to(place.device) if config.teacher else None
    start, best = resume(out, model, optimizer, recipe)
    loader = keyword_loader(corpus, recipe, model, place, start, workers)
    recorder, rate = None, model.mel.sample_rate
    if place.leads:
        signals, labels = map(torch.from_numpy, evaluation_set(corpus, "val", rate))
        patches = torch.cat([torch_patches(part, model.mel) for part in signals.split(256)]).to(place.device)
        validate_model = partial(validate_spotter, model, patches, labels.to(place.device))
        recorder = Recorder(out, recipe, model, optimizer, validate_model, start, best, pruning.steps)
    network = place.spread(model)

    def loss_of(step: int, signals: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        # A resumed run draws what the whole one would have drawn.
        rng = np.random.default_rng((config.seed, step, place.rank))
        targets = labels
        if teacher:
            targets = taught(teacher, torch_patches(signals, teacher.mel), labels, config.teacher_share)
        return spotting_loss(network, torch_patches(signals, model.mel), targets, config, rng)

    update_all(loss_of, loader, start, model, optimizer, config, recorder, report, place, pruning)
    load_best(out, model)
    model.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return model.cpu().eval()


def keyword_loader(
    corpus: KeywordCorpus, recipe: SpotterRecipe, model: PatchNetwork, place: Place, start: int, workers: int
) -> torch.utils.data.DataLoader[tuple[np.ndarray, int]]:
    """Batches of signals and their classes for the steps of a recipe after ``start``."""
    config, rate = recipe.fit, model.mel.sample_rate
    indices = place.examples(start, config.steps, config.batch)
    return torch.utils.data.DataLoader(
        Keywords(decode_keywords(corpus, "train", rate), recipe.mixing, rate, config.seed, indices),
        batch_size=config.batch // place.ranks,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=place.device.type == "cuda",
    )
