"""A network over a sequence becomes one that goes step by step, where it is causal.

Its shapes are those of one step. What an operator over time would see of the steps before becomes a state:
the last rows for a convolution or a padding, the hidden values of a recurrent layer. An operator that needs
steps to come, or all steps at once, is an :class:`Obstacle`.
"""

from dataclasses import replace

from ossicle.importers.network import Network, Operation
from ossicle.importers.obstacle import Obstacle, collected
from ossicle.importers.passes.search import Search
from ossicle.importers.passes.steps import STEPS, Steps, unchanged


def frames_a_step(network: Network) -> int:
    """How many frames a step must take: the product of all strides over time on the way to a value."""
    rate = dict.fromkeys(network.inputs, 1)
    for operation in network.operations:
        before = max((rate.get(value, 1) for value in operation.inputs), default=1)
        time = network.time_axes.get(operation.inputs[0]) if operation.inputs else None
        strides = operation.attributes.get("strides")
        if strides and time is not None and time >= 2 and operation.op != "ConvTranspose":
            before *= strides[time - 2]
        rate |= dict.fromkeys(operation.outputs, before)
    return max(rate.values(), default=1)


def by_steps(network: Network, obstacles: list[Obstacle] | None = None) -> Network:
    """The network of one step, with the states that it needs; raises :class:`Obstacle` if it is not causal.

    Where ``obstacles`` is given, it gets all that is in the way, and nothing is raised.
    """
    steps = Steps(network, Search.of(network))
    operations: list[Operation] = []
    for operation in network.operations:
        with collected(obstacles):
            operations += STEPS.get(operation.op, unchanged)(steps, operation)
    pairs = (*network.states, *steps.states)
    return replace(
        network,
        values={**network.values, **steps.values},
        operations=tuple(operations),
        inputs=(*network.inputs, *(pair.input for pair in steps.states)),
        outputs=(*network.outputs, *(pair.output for pair in steps.states)),
        states=pairs,
    )
