"""What stands in the way of an import, at one node: said in one sentence, with the way out."""

from collections.abc import Iterator
from contextlib import contextmanager

from ossicle.errors import OssicleError
from ossicle.importers.network import Operation


class Obstacle(OssicleError):
    """A node that cannot be imported.

    A stage that finds one raises it, or collects it and goes on; ``ossicle inspect`` lists all.
    """

    def __init__(self, node: str, operator: str, problem: str, way_out: str) -> None:
        self.node = node
        self.operator = operator
        self.problem = problem
        self.way_out = way_out
        super().__init__(f"node {node!r} ({operator}): {problem}; {way_out}")

    @classmethod
    def at(cls, operation: Operation, problem: str, way_out: str) -> "Obstacle":
        """An obstacle at an operation of a network."""
        return cls(operation.name, operation.op, problem, way_out)


_UNFIT = (ValueError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError)
"""What is raised where the options and shapes of an operator contradict each other."""


@contextmanager
def fitting(node: str, operator: str) -> Iterator[None]:
    """Work on a node that may be broken: what its contradictions raise becomes an :class:`Obstacle`."""
    try:
        yield
    except _UNFIT as error:
        detail = str(error).strip().splitlines()[:1] or [type(error).__name__]
        problem = f"its attributes and inputs do not fit together ({detail[0]})"
        raise Obstacle(node, operator, problem, "export the network again") from None


@contextmanager
def collected(obstacles: list[Obstacle] | None) -> Iterator[None]:
    """Put an obstacle into a list and go on; without a list, let it be raised."""
    try:
        yield
    except Obstacle as obstacle:
        if obstacles is None:
            raise
        obstacles.append(obstacle)
