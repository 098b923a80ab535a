"""Pruning of float graphs, before quantization: weights become zero in groups, or channels and units go."""

from ossicle.pruning.prune import prune
from ossicle.pruning.settings import CRITERIA, GRANULARITIES, Pruning

__all__ = ["CRITERIA", "GRANULARITIES", "Pruning", "prune"]
