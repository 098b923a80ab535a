"""What weights would cost the loss of a training if they went, before any has gone."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ossicle.data.corpus import Corpus
from ossicle.data.keywords import KeywordCorpus
from ossicle.finetuning.masks import Masks
from ossicle.finetuning.network import GraphSpotter, GraphSuppressor
from ossicle.train.fit import training_loader
from ossicle.train.fit_spotter import draw_patches
from ossicle.train.processes import Place
from ossicle.train.recipe import Recipe, SpotterRecipe
from ossicle.train.spotting import spotting_loss
from ossicle.train.validate import batch_loss

BATCHES = 16


def suppressor_losses(
    model: GraphSuppressor, masks: Masks, corpus: Corpus, recipe: Recipe, place: Place
) -> Mapping[str, np.ndarray]:
    """Of the weights of a suppressor, over the first batches of its training."""
    model.to(place.device)
    first = replace(recipe, fit=replace(recipe.fit, steps=BATCHES))
    for noisy, clean in training_loader(corpus, first, model, place, 0, 0):
        model.zero_grad()
        batch_loss(model, model, noisy.to(place.device), clean.to(place.device), recipe)[0].backward()
        masks.observe()
    return masks.losses()


def spotter_losses(
    model: GraphSpotter, masks: Masks, corpus: KeywordCorpus, recipe: SpotterRecipe, place: Place
) -> Mapping[str, np.ndarray]:
    """Likewise of a spotter."""
    model.to(place.device)
    rng = np.random.default_rng(recipe.fit.seed)
    batch = recipe.fit.batch
    first = replace(recipe, fit=replace(recipe.fit, examples=BATCHES * batch))
    drawn = draw_patches(corpus, first, model, None, place, 0)
    for patches, labels in zip(*(values.to(place.device).split(batch) for values in drawn), strict=True):
        model.zero_grad()
        spotting_loss(model, patches.float(), labels, recipe.fit, rng).backward()
        masks.observe()
    return masks.losses()
