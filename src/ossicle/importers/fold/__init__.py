"""Fewer nodes and copies for the same results: scales and activations go into the layers beside them."""

from ossicle.graph.graph import Graph
from ossicle.importers.fold.activation import fold_activations
from ossicle.importers.fold.affine import fold_after, fold_before
from ossicle.importers.fold.gathers import compose_gathers, fold_through_gathers
from ossicle.importers.fold.order import read_states_first
from ossicle.importers.fold.wiring import without_unread

FOLDS = (
    without_unread,
    fold_before,
    fold_through_gathers,
    compose_gathers,
    fold_after,
    fold_activations,
    read_states_first,
)


def folded(graph: Graph) -> Graph:
    """The graph after all folds, in their order."""
    for fold in FOLDS:
        graph = fold(graph)
    return graph
