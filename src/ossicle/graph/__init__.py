"""The network as data: the operators, tensors and states of one frame."""

from ossicle.graph.calibration import Calibration
from ossicle.graph.graph import Graph, State, check, check_precisions
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType

__all__ = [
    "Calibration",
    "DType",
    "Graph",
    "Node",
    "State",
    "Tensor",
    "check",
    "check_precisions",
]
