"""Ranges by what nodes make of a tensor: searched where those of its kind cost its readers too much.

Rare values may be so large that most others fall into a few codes. Where nodes saturate (gates), or where
such values are not what counts, a narrower range loses less; where they carry the signal, a wider one does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ossicle.graph import Graph, Node, Tensor
from ossicle.graph.calibration import Span, product_name
from ossicle.graph.operator import OPS
from ossicle.numerics.formats import DType
from ossicle.quantization.sharing import hull, scale_sources

FRAMES = 256
"""On which nodes run with each range, evenly spaced among those of the calibration."""
MOST_LOST = {DType.S8: 1e-2, DType.S16: 1e-4}
"""Share of the energy of a node's result, on average over frames, up to which a range is kept."""
SHARES: Mapping[DType, Sequence[float]] = {
    DType.S8: [2.0 ** (-k / 2) for k in range(17)],
    DType.S16: [2.0**-k for k in range(11)],
}
"""Of the whole range, those that are tried: of all values in int8, of those with headroom in int16."""
TINY = float(np.finfo(np.float32).tiny)
TOLERANCE = 1.2
"""How much more than the least of all a wider int16 may lose."""


@dataclass(frozen=True)
class Fit:
    """Ranges, and the products that lose too much with each range of an int8."""

    spans: Mapping[str, Span]
    wide: frozenset[str]
    """As :func:`product_name` names them."""
    clamped: frozenset[str]
    """Tensors whose int8 range was searched: they are to be clamped to it."""


@dataclass(frozen=True)
class _Reader:
    """A node, and a port at which it reads tensors of one scale."""

    node: Node
    port: str

    @property
    def product(self) -> str:
        """The product whose operand that is; empty where there is none."""
        found = (of.weight for of in OPS[self.node.op].matrices if of.operand == self.port)
        weight = next(found, "")
        return weight and product_name(self.node.name, weight)


def fit_ranges(
    graph: Graph, values: Mapping[str, np.ndarray], spans: Mapping[str, Span], searched: Collection[str]
) -> Fit:
    """The ranges of a float graph, with those replaced that cost the nodes that read them too much.

    ``values`` are those of all tensors, ``(frames, size)``. Int8 ranges are searched of the tensors
    ``searched`` that products read; int16 ranges of all.
    """
    of_tensor = scale_sources(graph)
    frames = np.linspace(0, len(values[graph.inputs[0]]) - 1, FRAMES).astype(int)
    search = _Search(graph, {name: array[frames] for name, array in values.items()})
    readers: dict[tuple[str, ...], list[_Reader]] = {}
    for node in graph.nodes:
        for port, name in () if OPS[node.op].moves else node.inputs.items():
            readers.setdefault(of_tensor[name], []).append(_Reader(node, port))
    found, wide, clamped = dict(spans), set(), set()
    for sources, all_readers in readers.items():
        usual = fitted = hull([spans[name] for name in sources])
        products = [reader for reader in all_readers if reader.product]
        if products and set(sources) <= set(searched):
            low, high, lost = search.s8(products, usual)
            fitted = replace(fitted, s8_low=low, s8_high=high)
            clamped |= {sources} if fitted != usual else set()
            wide |= {
                of.product for of, loss in zip(products, lost, strict=True) if loss > MOST_LOST[DType.S8]
            }
        fitted = replace(fitted, s16=search.s16(all_readers, usual))
        if fitted != usual:
            kept = {"s8_low": fitted.s8_low, "s8_high": fitted.s8_high, "s16": fitted.s16}
            found |= {name: replace(spans[name], **kept) for name in sources}
    names = frozenset(name for name, sources in of_tensor.items() if sources in clamped)
    return Fit(found, frozenset(wide), names)


class _Search:
    """Runs nodes of a float graph on tensors that are rounded to the codes of a range."""

    def __init__(self, graph: Graph, values: Mapping[str, np.ndarray]) -> None:
        self.graph, self.values = graph, values

    def s8(self, readers: Sequence[_Reader], span: Span) -> tuple[float, float, list[float]]:
        """A range for int8, and what each reader loses with it."""
        tried = [(span.s8_low, span.s8_high)]
        losses = [self.lost(readers, Tensor.affine_s8((1,), *tried[0]))]
        if max(losses[0]) > MOST_LOST[DType.S8]:
            tried += [(share * span.low, share * span.high) for share in SHARES[DType.S8]]
            losses += [self.lost(readers, Tensor.affine_s8((1,), *ends)) for ends in tried[1:]]
        best = int(np.argmin([max(of) for of in losses]))
        return *tried[best], losses[best]

    def s16(self, readers: Sequence[_Reader], span: Span) -> float:
        """The largest magnitude for int16."""
        losses: list[float] = []
        for share in SHARES[DType.S16]:
            reach = share * span.s16
            losses.append(max(self.lost(readers, Tensor.symmetric_s16((1,), -reach, reach))))
            if losses[-1] <= MOST_LOST[DType.S16]:
                return reach
        best = int(np.argmax(np.array(losses) <= TOLERANCE * min(losses)))
        return SHARES[DType.S16][best] * span.s16

    def lost(self, readers: Sequence[_Reader], like: Tensor) -> list[float]:
        """Share of the energy of each reader's first result that the codes of a type cost.

        It is the mean over frames: soft ones count as loud ones do.
        """
        return [self.lost_of(reader, like) for reader in readers]

    def lost_of(self, reader: _Reader, like: Tensor) -> float:
        node, values = reader.node, self.values
        exact = values[node.inputs[reader.port]]
        rounded = ((like.encode(exact).astype(np.float32) - like.zero_point) * like.scale).astype(np.float32)
        inputs = [rounded if port == reader.port else values[name] for port, name in node.inputs.items()]
        tensors = self.graph.tensors_of(node.inputs), self.graph.tensors_of(node.outputs)
        result = OPS[node.op].simulate(node, inputs, *tensors)[0].astype(np.float64)
        expected = values[next(iter(node.outputs.values()))].astype(np.float64)
        error, energy = np.square(result - expected).sum(axis=1), np.square(expected).sum(axis=1)
        return float(np.mean(np.minimum(error, energy) / np.maximum(energy, TINY)))
