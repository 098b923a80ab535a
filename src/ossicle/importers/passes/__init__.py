"""Passes over a network: each a function from a network to a simpler one that computes the same."""

from ossicle.importers.network import Network
from ossicle.importers.passes.activations import join_activations
from ossicle.importers.passes.norms import join_norms
from ossicle.importers.passes.search import without_unread

PASSES = (without_unread, join_activations, join_norms)


def simplified(network: Network) -> Network:
    """The network after all passes, in their order."""
    for one in PASSES:
        network = one(network)
    return network
