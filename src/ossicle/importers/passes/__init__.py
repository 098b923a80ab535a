"""Passes over a network: each a function from a network to a simpler one that computes the same."""

from ossicle.importers.network import Network
from ossicle.importers.passes.activations import join_activations
from ossicle.importers.passes.cells import join_cells
from ossicle.importers.passes.duplicates import join_duplicates
from ossicle.importers.passes.integers import join_integers
from ossicle.importers.passes.norms import join_norms
from ossicle.importers.passes.search import without_unread

PASSES = (join_integers, without_unread, join_duplicates)
JOINS = (join_cells, join_activations, join_norms)
"""Passes that write the same arithmetic in another way, which rounds codes in other places."""


def simplified(network: Network) -> Network:
    """The network after all passes, in their order; integers are computed as the network has them."""
    for one in PASSES if has_integers(network) else (*PASSES, *JOINS):
        network = one(network)
    return network


def has_integers(network: Network) -> bool:
    """Whether operations of a network write integers that stand for numbers."""
    written = {name for operation in network.operations for name in operation.outputs if name}
    return any(network.values[name].quantization is not None for name in written)
