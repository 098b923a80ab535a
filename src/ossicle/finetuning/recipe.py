"""Recipes of trainings that go on from a trained network."""

from dataclasses import dataclass, replace
from typing import TypeVar

from ossicle.finetuning.schedule import Schedule
from ossicle.train.recipe import Recipe, SpotterRecipe, Updates

RATE = 0.3
"""Learning rate, relative to that of the training before."""
Fit = TypeVar("Fit", bound=Updates)


@dataclass(frozen=True)
class PrunedRecipe(Recipe):
    """How to train a suppressor while it is pruned; its checkpoint fits no other pruning."""

    schedule: Schedule | None = None


@dataclass(frozen=True)
class PrunedSpotterRecipe(SpotterRecipe):
    """Likewise of a spotter."""

    schedule: Schedule | None = None


def pruned_recipe(recipe: Recipe | SpotterRecipe, schedule: Schedule) -> PrunedRecipe | PrunedSpotterRecipe:
    """The recipe of a network, for a shorter training with smaller steps that fall from its middle on."""
    if isinstance(recipe, SpotterRecipe):
        fit = _shorter(recipe.fit, schedule)
        fit = replace(fit, examples=min(fit.examples, fit.steps * fit.batch))
        return PrunedSpotterRecipe(fit, recipe.mixing, recipe.detector, schedule)
    # The output that tells whether somebody speaks is not in a graph.
    loss = replace(recipe.loss, presence=0.0)
    return PrunedRecipe(_shorter(recipe.fit, schedule), recipe.mixing, loss, schedule)


def _shorter(fit: Fit, schedule: Schedule) -> Fit:
    steps = schedule.steps
    return replace(
        fit,
        steps=steps,
        learning_rate=RATE * fit.learning_rate,
        warmup=min(fit.warmup, steps // 10),
        decay=0.5,
        checkpoint_every=min(fit.checkpoint_every, max(steps // 16, 1)),
        validate_every=min(fit.validate_every, max(steps // 8, 1)),
    )
