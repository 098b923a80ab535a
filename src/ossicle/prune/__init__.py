"""Pruning of float graphs, before quantization: weights become zero in groups, or channels and units go."""

from ossicle.prune.prune import prune
from ossicle.prune.settings import CRITERIA, GRANULARITIES, Pruning

__all__ = ["CRITERIA", "GRANULARITIES", "Pruning", "prune"]
