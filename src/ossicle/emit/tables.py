"""Bytes of the constant tables of what surrounds a network."""

from ossicle.graph import Graph
from ossicle.schedule.plan import TANH_TABLE_BYTES


def table_bytes(graph: Graph) -> int:
    """Bytes of the task's tables and of the table of tanh."""
    return sum(array.nbytes for array in graph.task.record.tables(graph).values()) + TANH_TABLE_BYTES
