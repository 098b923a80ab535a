"""From the values that calibration saw of a tensor to the range that its integers span."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.calibration import Span
from ossicle.graph.operator import OPS, Bounds
from ossicle.numerics.formats import DType
from ossicle.quantization.histogram import BINS, Histogram
from ossicle.quantization.readers import Fit, fit_ranges
from ossicle.quantization.sharing import hull, scale_sources

CLIP_SHARE = 3e-4
DEVIATIONS = 3.0


def smallest_and_largest(histogram: Histogram) -> tuple[float, float]:
    """All values."""
    return histogram.low, histogram.high


def three_deviations(histogram: Histogram) -> tuple[float, float]:
    """Mean plus and minus three standard deviations, as in arXiv 2210.07692, within what was seen."""
    reach = DEVIATIONS * histogram.std
    return max(histogram.mean - reach, histogram.low), min(histogram.mean + reach, histogram.high)


def percentile(histogram: Histogram) -> tuple[float, float]:
    """All but a fraction of :data:`CLIP_SHARE` of the values on either side."""
    return histogram.quantile(CLIP_SHARE), histogram.quantile(1 - CLIP_SHARE)


def least_error(histogram: Histogram) -> tuple[float, float]:
    """The fraction of the whole range whose 256 codes have the least mean squared error."""
    fine = np.linspace(histogram.low, histogram.high, 4 * BINS)
    weights = np.repeat(histogram.counts, 4).astype(np.float64)
    best, bounds = np.inf, (histogram.low, histogram.high)
    for share in np.geomspace(1, 1 / 64, 73):
        low, high = min(histogram.low, 0.0) * share, max(histogram.high, 0.0) * share
        lsb = (high - low) / 255 or 1.0
        rounded = np.clip(np.rint(fine / lsb), low / lsb, high / lsb) * lsb
        error = float(weights @ (rounded - fine) ** 2)
        if error < best:
            best, bounds = error, (low, high)
    return bounds


RULES: dict[str, Callable[[Histogram], tuple[float, float]]] = {
    "minmax": smallest_and_largest,
    "std3": three_deviations,
    "percentile": percentile,
    "mse": least_error,
}


@dataclass(frozen=True)
class Ranges:
    """Rules for the int8 tensors of a network, one knob for each kind.

    Int16 tensors span all values that were seen, times :data:`HEADROOM`: they have bits to spare. Those that
    have none are fitted (:mod:`ossicle.quantization.readers`).
    """

    dense: str = "percentile"
    """The network's input and the dense layers' results, unless a recurrent layer reads them."""
    rnn_input: str = "percentile"
    rnn_state: str = "minmax"
    """What recurrent layers keep from frame to frame."""

    def __post_init__(self) -> None:
        for rule in (self.dense, self.rnn_input, self.rnn_state):
            if rule not in RULES:
                raise OssicleError(f"there is no rule {rule!r} for ranges; choose one of {', '.join(RULES)}")

    def rules(self, graph: Graph) -> dict[str, str]:
        """The rule of each tensor of a float graph."""
        recurrent = [node for node in graph.nodes if OPS[node.op].recurrent]
        written = {name for node in recurrent for name in node.outputs.values()}
        kept = [state for state in graph.states if state.output in written]
        states = {end for state in kept for end in (state.input, state.output)}
        inputs = {name for node in recurrent for name in node.inputs.values()} - states
        rules = dict.fromkeys(graph.tensors, self.dense)
        return rules | dict.fromkeys(inputs, self.rnn_input) | dict.fromkeys(states, self.rnn_state)

    def fit(self, graph: Graph, values: Mapping[str, np.ndarray]) -> Fit:
        """What each tensor of a float graph holds, and integers of it are to span, from its values.

        Where the rule ``percentile`` costs the products that read a tensor too much, its range is searched.
        """
        rules, spans = self.rules(graph), {}
        for name, rule in rules.items():
            seen = Histogram.of(values[name])
            spans[name] = Span.usual(seen.low, seen.high, *RULES[rule](seen))
        searched = [name for name, rule in rules.items() if RULES[rule] is percentile]
        return fit_ranges(graph, values, spans, searched)


def bounds(graph: Graph, spans: Mapping[str, Span]) -> Bounds:
    """The range of each tensor of a float graph, by its name and integer type.

    Tensors that share a scale have one range.
    """
    sources = scale_sources(graph)

    def of(name: str, dtype: DType) -> tuple[float, float]:
        span = hull([spans[source] for source in sources[name]])
        if dtype == DType.S8:
            return span.s8_low, span.s8_high
        return -span.s16, span.s16

    return of
