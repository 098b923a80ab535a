"""Which channels go: of those that one layer, or layers that are added, compute, the least important ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration, product_name
from ossicle.graph.operator import OPS
from ossicle.pruning.couplings import STAYS, CoupledMatrix, Couplings, reads_whole_operand
from ossicle.pruning.masks import STEPS
from ossicle.pruning.operand import Operand, operands_of
from ossicle.pruning.settings import Pruning

Rating = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of the channels of a group, from their numbers and a mask of those that are left."""


@dataclass(frozen=True, eq=False)
class _Reader:
    """A matrix that reads channels, with what it multiplies."""

    columns: np.ndarray
    """Channel of each."""
    weight: np.ndarray
    operand: Operand


def leaving_channels(
    graph: Graph,
    couplings: Couplings,
    pruning: Pruning,
    calibration: Calibration,
    losses: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> np.ndarray:
    """Numbers of the channels that go, of each group a fraction of them; one at least is left.

    ``losses`` are what the criterion ``taylor`` rates weights by, by the names of products.
    """
    matrices = couplings.matrices(graph)
    rng = np.random.default_rng(pruning.seed)
    found = []
    for layers, channels in _groups(matrices).items():
        if not _asked_for(graph, layers, pruning):
            continue
        count = min(round(pruning.sparsity * len(channels)), len(channels) - 1)
        if pruning.criterion == "random":
            found.append(rng.permutation(channels)[:count])
        elif pruning.criterion != "obs":
            rated = _ratings(matrices, channels, pruning, losses)
            found.append(channels[np.argsort(rated, kind="stable")[:count]])
        else:
            found.append(_least_loss(_readers(matrices, channels, calibration), channels, count))
    return np.concatenate([np.zeros(0, np.int64), *found])


def _groups(matrices: Sequence[CoupledMatrix]) -> Mapping[tuple[str, ...], np.ndarray]:
    """Channels by the nodes that compute them."""
    writers: dict[int, dict[str, None]] = {}
    for of in matrices:
        if reads_whole_operand(of.node):
            for channel in np.unique(of.rows[of.rows != STAYS]).tolist():
                writers.setdefault(channel, {})[of.node.name] = None
    found: dict[tuple[str, ...], list[int]] = {}
    for channel in sorted(writers):
        found.setdefault(tuple(writers[channel]), []).append(channel)
    return {layers: np.array(channels) for layers, channels in found.items()}


def _asked_for(graph: Graph, layers: Sequence[str], pruning: Pruning) -> bool:
    """Whether the granularity is that of any of some layers, and these are among those to be pruned."""
    recurrent = {node.name: OPS[node.op].recurrent for node in graph.nodes}
    fitting = any(recurrent[layer] == (pruning.granularity == "unit") for layer in layers)
    return fitting and (not pruning.layers or bool(set(layers) & set(pruning.layers)))


def _ratings(
    matrices: Sequence[CoupledMatrix],
    channels: np.ndarray,
    pruning: Pruning,
    losses: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Sums over the channels' rows or columns, of losses or of squares relative to the mean of a matrix."""
    found = np.zeros(len(channels))
    for of in matrices:
        rated = np.square(of.node.constants[of.matrix.weight], dtype=np.float64)
        rated /= rated.mean() or 1.0
        if pruning.criterion == "taylor":
            rated = losses[product_name(of.node.name, of.matrix.weight)]
        of_columns = pruning.granularity == "channel"
        sums, along = (rated.sum(axis=0), of.columns) if of_columns else (rated.sum(axis=1), of.rows)
        here = np.isin(along, channels)
        np.add.at(found, np.searchsorted(channels, along[here]), sums[here])
    return found


def _readers(
    matrices: Sequence[CoupledMatrix], channels: np.ndarray, calibration: Calibration
) -> list[_Reader]:
    return [
        _Reader(
            of.columns,
            of.node.constants[of.matrix.weight].astype(np.float64),
            operands_of(calibration.moments[product_name(of.node.name, of.matrix.weight)])[0],
        )
        for of in matrices
        if np.isin(of.columns, channels).any()
    ]


def _least_loss(readers: Sequence[_Reader], channels: np.ndarray, count: int) -> np.ndarray:
    """The channels that cost the results of their readers least, each relative to its power."""
    left = np.ones(len(channels), bool)
    for step in range(STEPS):
        losses = np.zeros(len(channels))
        for reader in readers:
            losses += _losses(reader, channels, left)
        losses[~left] = -1.0
        left[np.argsort(losses, kind="stable")[: count * (step + 1) // STEPS]] = False
    return channels[~left]


def _losses(reader: _Reader, channels: np.ndarray, left: np.ndarray) -> np.ndarray:
    kept = ~np.isin(reader.columns, channels[~left])
    inverse = reader.operand.inverse(kept)
    fitted = reader.operand.fitted(reader.weight, kept, inverse)
    power = reader.operand.power(reader.weight) or 1.0
    losses = np.zeros(len(channels))
    for index in np.flatnonzero(left & np.isin(channels, reader.columns)):
        columns = np.flatnonzero(reader.columns == channels[index])
        losses[index] = reader.operand.loss_of(fitted, kept, inverse, columns) / power
    return losses
