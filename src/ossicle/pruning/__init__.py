"""Pruning of float graphs, before quantization: weights become zero in groups, or channels and units go."""

from ossicle.pruning.prune import prune, prunes
from ossicle.pruning.settings import CRITERIA, GRADUAL, GRANULARITIES, ONE_SHOT, SCHEDULES, Pruning

__all__ = ["CRITERIA", "GRADUAL", "GRANULARITIES", "ONE_SHOT", "SCHEDULES", "Pruning", "prune", "prunes"]
