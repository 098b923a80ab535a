"""The network as data: one streaming step of operators, tensors and states."""

from ossicle.graph.graph import Graph, State, check, check_precision
from ossicle.graph.task import Suppression
from ossicle.graph.types import DType, Node, Tensor

__all__ = ["DType", "Graph", "Node", "State", "Suppression", "Tensor", "check", "check_precision"]
