"""The training of keyword spotters."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from ossicle.data.keywords import KeywordCorpus, decode_keywords, evaluation_set, talk_seconds
from ossicle.models.spotter import PatchNetwork, Spotter, spotter, torch_patches
from ossicle.train.checkpoint import load_best, load_spotter, resume
from ossicle.train.examples import Keywords
from ossicle.train.fit import KEEP_ALL, Pruner, update_all
from ossicle.train.processes import Place, hold_folder
from ossicle.train.recipe import SpotterFit, SpotterRecipe
from ossicle.train.record import Progress, Recorder
from ossicle.train.spotting import spotting_loss, taught, validate_spotter
from ossicle.train.warm_start import take_over_spotter

PRETRAINED_EXAMPLES = 1024
"""Examples that the batch norm of pretrained weights is set by."""

Network = TypeVar("Network", bound=PatchNetwork)


def fit_spotter(
    corpus: KeywordCorpus,
    out: Path,
    recipe: SpotterRecipe,
    report: Callable[[Progress], None],
    place: Place,
    workers: int = 1,
    pretrained: Mapping[str, np.ndarray] | None = None,
) -> Spotter:
    """Train a spotter and return it, on the CPU, with the weights of its best validation loss.

    ``pretrained`` are weights by the names of the network's parameters, batch norm folded in. All else is as
    for :func:`ossicle.train.fit.fit`.
    """
    torch.manual_seed(recipe.fit.seed)
    model = spotter(recipe.fit.network)

    def begin(patches: torch.Tensor) -> None:
        if pretrained:
            take_over_spotter(model, pretrained, patches)

    return fit_patches(model, corpus, out, recipe, report, place, workers, begin)


def fit_patches(
    model: Network,
    corpus: KeywordCorpus,
    out: Path,
    recipe: SpotterRecipe,
    report: Callable[[Progress], None],
    place: Place,
    workers: int,
    begin: Callable[[torch.Tensor], None] = lambda patches: None,
    pruning: Pruner = KEEP_ALL,
) -> Network:
    """Train any spotter, as :func:`fit_spotter` does; a new run calls ``begin`` with some patches first."""
    with hold_folder(out, place):
        config = recipe.fit
        model.to(place.device)
        # This order of the axes halves the time of an update of dscnn on a CPU; PyTorch's types lack it.
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        teacher = load_spotter(Path(config.teacher)).to(place.device) if config.teacher else None
        start, best = resume(out, model, optimizer, recipe)
        patches, targets = draw_patches(corpus, recipe, model, teacher, place, workers)
        if not start:
            begin(patches[:PRETRAINED_EXAMPLES].float().to(place.device))
        recorder = None
        if place.leads:
            validate_model = partial(validate_spotter, model, *_held_out(corpus, model, place))
            recorder = Recorder(out, recipe, model, optimizer, validate_model, start, best, pruning.steps)
        network = place.spread(model)

        def loss_of(step: int, patches: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            # A resumed run draws what the whole one would have drawn.
            rng = np.random.default_rng((config.seed, step, place.rank))
            return spotting_loss(network, patches.float(), targets, config, rng)

        batches = ((patches[rows], targets[rows]) for rows in _rows(len(patches), start, config, place))
        update_all(loss_of, batches, start, model, optimizer, config, recorder, report, place, pruning)
        load_best(out, model)
        model.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        return model.cpu().eval()


def draw_patches(
    corpus: KeywordCorpus,
    recipe: SpotterRecipe,
    model: PatchNetwork,
    teacher: Spotter | None,
    place: Place,
    workers: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """This process's part of the examples, on the CPU: patches in half precision, and their targets.

    Targets are classes or, with a teacher, probabilities.
    """
    config, rate = recipe.fit, model.mel.sample_rate
    indices = place.examples(0, config.examples // config.batch, config.batch)
    loader = torch.utils.data.DataLoader(
        Keywords(decode_keywords(corpus, "train", rate), recipe.mixing, rate, config.seed, indices),
        batch_size=config.batch // place.ranks,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=place.device.type == "cuda",
    )
    patches, targets = [], []
    for signals, labels in loader:
        signals, labels = signals.to(place.device), labels.to(place.device)
        patches.append(torch_patches(signals, model.mel).half().cpu())
        if teacher:
            labels = taught(teacher, torch_patches(signals, teacher.mel), labels, config.teacher_share)
        targets.append(labels.cpu())
    return torch.cat(patches), torch.cat(targets)


def _rows(examples: int, start: int, config: SpotterFit, place: Place) -> Iterator[torch.Tensor]:
    """The examples of each step after ``start``: all of them once, in another order, then all again."""
    size = config.batch // place.ranks
    each = examples // size
    for step in range(start, config.steps):
        rng = np.random.default_rng((config.seed, step // each, place.rank))
        first = step % each * size
        yield torch.from_numpy(rng.permutation(examples)[first : first + size])


def _held_out(
    corpus: KeywordCorpus, model: PatchNetwork, place: Place
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Patches and classes of the validation set, and patches of its talk."""
    rate = model.mel.sample_rate
    signals, labels = map(torch.from_numpy, evaluation_set(corpus, "val", rate))
    talk = torch.from_numpy(talk_seconds(corpus, "val", rate))
    patches, of_talk = (
        torch.cat([torch_patches(part, model.mel) for part in whole.split(256)]).to(place.device)
        for whole in (signals, talk)
    )
    return patches, labels.to(place.device), of_talk
