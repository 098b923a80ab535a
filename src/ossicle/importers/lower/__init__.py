"""A network as a graph: an operator each rule, and nothing moved that can stay where it is."""

from ossicle.importers.lower.lower import Lowered, lower

__all__ = ["Lowered", "lower"]
