"""Attributes that operators of several kinds have."""

from ossicle.graph.operator import require
from ossicle.graph.types import Node


def rows_of(node: Node) -> int:
    """How many rows a node computes, one beside the other; 1 where it does not say."""
    return count_of(node, "rows")


def count_of(node: Node, name: str) -> int:
    """A positive whole number among the attributes of a node, 1 where it has none of that name."""
    value = node.attributes.get(name, 1)
    require(type(value) is int and value > 0, node, f"its {name} must be a whole number from 1 upwards")
    assert isinstance(value, int)
    return value
