from .calibration import Calibration
from .graph import Graph, State, check, check_precisions
from .types import Node, Tensor

__all__ = [
    "Calibration",
    "Graph",
    "Node",
    "State",
    "Tensor",
    "check",
    "check_precisions",
]
