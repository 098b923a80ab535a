"""Everything of a network that no graph can be made of, not only the first."""

import math

from ossicle.importers.lower.builder import FLOATS
from ossicle.importers.lower.context import RULES, Context
from ossicle.importers.lower.integer_types import type_of
from ossicle.importers.lower.integers import lower_operation
from ossicle.importers.lower.unknown import unknown
from ossicle.importers.network import Network
from ossicle.importers.obstacle import Obstacle, fitting


def survey(network: Network) -> list[Obstacle]:
    """What stands in the way of lowering, in the order of execution."""
    context, found = Context(network), list[Obstacle]()
    builder = context.builder

    def declare(value: str) -> None:
        try:
            kind = type_of(network.values[value])
        except ValueError:
            kind = FLOATS  # the operation that writes or reads it has been an obstacle, or will be one
        context.put(value, builder.tensor(builder.name(value), math.prod(context.shape(value)), kind))

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
