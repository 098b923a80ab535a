"""Targets (chips, clusters, this computer) as data: one TOML file each."""

from ossicle.targets.chip import Chip, ChipTarget, Memory, WeightPath
from ossicle.targets.cluster import (
    Cluster,
    ClusterTarget,
    Engine,
    FloatingPoint,
    OperatingPoint,
    Overhead,
    Range,
    Store,
)
from ossicle.targets.target import Target, load_target, target_names

__all__ = [
    "Chip",
    "ChipTarget",
    "Cluster",
    "ClusterTarget",
    "Engine",
    "FloatingPoint",
    "Memory",
    "OperatingPoint",
    "Overhead",
    "Range",
    "Store",
    "Target",
    "WeightPath",
    "load_target",
    "target_names",
]
