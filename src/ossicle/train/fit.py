"""The training loop."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from ossicle.data.augment import NO_CHANGE
from ossicle.data.corpus import Corpus
from ossicle.models.suppressor import MaskNetwork, Suppressor, suppressor
from ossicle.train.checkpoint import load_best, resume
from ossicle.train.examples import Mixtures, decode_sources
from ossicle.train.processes import Place, hold_folder
from ossicle.train.recipe import Recipe, Updates
from ossicle.train.record import Progress, Recorder, check_finite
from ossicle.train.schedule import learning_rate
from ossicle.train.validate import batch_loss, validate
from ossicle.train.warm_start import Pretrained, take_over

Network = TypeVar("Network", bound=MaskNetwork)
PRETRAINED_CLIPS = 96
"""Mixtures that pretrained weights are brought to new features with."""


@dataclass(frozen=True)
class Pruner:
    """What prunes a network while it is trained."""

    steps: int
    """The weights of steps before this one are not kept as the best: too few had gone."""
    after: Callable[[int], None]
    """Called with the number of each step, when it is done."""


KEEP_ALL = Pruner(0, lambda step: None)


def fit(
    corpus: Corpus,
    out: Path,
    recipe: Recipe,
    report: Callable[[Progress], None],
    place: Place,
    workers: int = 1,
    pretrained: Pretrained | None = None,
) -> Suppressor:
    """Train a suppressor and return it, on the CPU, with the weights of its best validation loss.

    ``out`` receives a checkpoint, from which the same call goes on, the best weights, a log and a picture of
    the curves. A resumed run ends at the same bits, given the same corpus, machine and number of threads.
    ``workers`` processes draw the mixtures. A new run begins with the weights of ``pretrained``, if given.
    """
    torch.manual_seed(recipe.fit.seed)
    model = suppressor(recipe.fit.network, recipe.fit.features)
    # Processes that share a batch wait for the gradient of each weight that is trained.
    model.presence.requires_grad_(recipe.loss.presence > 0)

    def begin() -> None:
        if pretrained:
            take_over(model, pretrained, _first_mixtures(corpus, recipe, model))

    return fit_network(model, corpus, out, recipe, report, place, workers, begin)


def fit_network(
    model: Network,
    corpus: Corpus,
    out: Path,
    recipe: Recipe,
    report: Callable[[Progress], None],
    place: Place,
    workers: int,
    begin: Callable[[], None] = lambda: None,
    pruning: Pruner = KEEP_ALL,
) -> Network:
    """Train any suppressor, as :func:`fit` does; a new run calls ``begin`` first."""
    with hold_folder(out, place):
        config = recipe.fit
        model.to(place.device)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        start, best = resume(out, model, optimizer, recipe)
        if not start:
            begin()
        loader = training_loader(corpus, recipe, model, place, start, workers)
        recorder = None
        if place.leads:
            batches = _validation_batches(corpus, recipe, model, place)
            validate_model = partial(validate, model, batches, recipe)
            recorder = Recorder(out, recipe, model, optimizer, validate_model, start, best, pruning.steps)
        network = place.spread(model)

        def loss_of(step: int, noisy: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
            return batch_loss(network, model, noisy, clean, recipe)[0]

        update_all(loss_of, loader, start, model, optimizer, config, recorder, report, place, pruning)
        load_best(out, model)
        return model.cpu().eval()


def update_all(
    loss_of: Callable[..., torch.Tensor],
    loader: Iterable[Sequence[torch.Tensor]],
    start: int,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    config: Updates,
    recorder: Recorder | None,
    report: Callable[[Progress], None],
    place: Place,
    pruning: Pruner = KEEP_ALL,
) -> None:
    """Do the steps after ``start``; each lowers ``loss_of(step, *batch)`` for a batch of the loader."""
    model.train()
    for step, batch in enumerate(loader, start + 1):
        loss = loss_of(step, *(part.to(place.device, non_blocking=True) for part in batch))
        _update(loss, model, optimizer, learning_rate(step - 1, config), config)
        check_finite(loss.item(), "loss", step)
        pruning.after(step)
        if recorder:
            report(recorder.add(step, loss.item()))
    place.wait()


def _update(
    loss: torch.Tensor, model: torch.nn.Module, optimizer: torch.optim.Optimizer, rate: float, config: Updates
) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
    optimizer.step()


def training_loader(
    corpus: Corpus, recipe: Recipe, model: MaskNetwork, place: Place, start: int, workers: int
) -> torch.utils.data.DataLoader[tuple[np.ndarray, np.ndarray]]:
    """Batches of noisy and clean signals for the steps of a recipe after ``start``."""
    config, rate = recipe.fit, model.stft.sample_rate
    indices = place.examples(start, config.steps, config.batch)
    sources = decode_sources(corpus, "train", rate)
    return torch.utils.data.DataLoader(
        Mixtures(sources, recipe.mixing, rate, config.seed, indices),
        batch_size=config.batch // place.ranks,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=place.device.type == "cuda",
    )


def _first_mixtures(corpus: Corpus, recipe: Recipe, model: Suppressor) -> torch.Tensor:
    """Noisy signals that the run will hear, ``(mixtures, samples)``."""
    config, rate = recipe.fit, model.stft.sample_rate
    sources = decode_sources(corpus, "train", rate)
    mixtures = Mixtures(sources, recipe.mixing, rate, config.seed, range(PRETRAINED_CLIPS))
    return torch.from_numpy(np.stack([mixtures[i][0] for i in range(len(mixtures))]))


def _validation_batches(
    corpus: Corpus, recipe: Recipe, model: MaskNetwork, place: Place
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Mixtures of 4 s, always the same, of recordings as they are."""
    config, rate = recipe.fit, model.stft.sample_rate
    mixing = replace(recipe.mixing, seconds=4.0, clean=0.0, coloured=0.0, alone=0.0, augment=NO_CHANGE)
    sources = decode_sources(corpus, "val", rate)
    mixtures = Mixtures(sources, mixing, rate, config.seed + 1, range(config.validation_clips))
    loader = torch.utils.data.DataLoader(mixtures, config.batch)
    return [(noisy.to(place.device), clean.to(place.device)) for noisy, clean in loader]
