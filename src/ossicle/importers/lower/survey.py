"""Everything of a network that no graph can be made of, not only the first."""

import math

from ossicle.importers.lower.context import RULES, Context
from ossicle.importers.lower.integers import lower_operation
from ossicle.importers.lower.unknown import unknown
from ossicle.importers.network import Network
from ossicle.importers.obstacle import Obstacle, fitting


def survey(network: Network) -> list[Obstacle]:
    """What stands in the way of lowering, in the order of execution."""
    context, found = Context(network), list[Obstacle]()
    builder = context.builder

    def declare(value: str) -> None:
        context.put(value, builder.tensor(builder.name(value), math.prod(context.shape(value))))

    for value in network.inputs:
        declare(value)
    for operation in network.operations:
        try:
            if operation.op not in RULES:
                raise unknown(operation)
            with fitting(operation.name, operation.op):
                lower_operation(context, operation)
        except Obstacle as obstacle:
            found.append(obstacle)
            for value in filter(None, operation.outputs):
                declare(value)
    return found
