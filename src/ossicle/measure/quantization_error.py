"""The quantization error report: what quantization loses tensor by tensor, weight by weight, node by node."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ossicle.graph import Graph, Tensor
from ossicle.graph.operator import OPS
from ossicle.graph.task import Clip
from ossicle.measure.sensitivity import SensitivityContext
from ossicle.metrics.signal import snr
from ossicle.numerics.formats import DType
from ossicle.quantization import collect_activations
from ossicle.quantization.search import all_in_fp32_but

USED_SHARE = 0.999
"""Fraction of the codes that counts as really used."""


@dataclass(frozen=True)
class TensorError:
    """One quantized tensor against its float self, each in a network of its own kind."""

    tensor: str
    dtype: str
    sqnr_db: float
    clipped: float
    """Fraction of the float values that lie outside the range."""
    bits_used: float
    """Bits that count the span of codes in which 99.9 % of the values lie; NaN for floats."""


@dataclass(frozen=True)
class WeightError:
    """The stored weights of a product against the float ones."""

    weight: str
    precision: str
    sqnr_db: float


@dataclass(frozen=True)
class NodeError:
    """A node that alone is quantized: its output error (:class:`OutputError`)."""

    node: str
    precision: str
    error_db: float


@dataclass(frozen=True)
class QuantizationErrorReport:
    """Where a network in some precisions differs from its float self."""

    tensors: tuple[TensorError, ...]
    weights: tuple[WeightError, ...]
    nodes: tuple[NodeError, ...]
    pesq_lost: Mapping[str, float] = field(default_factory=dict)
    """By each node that alone is quantized; empty where it was not measured."""
    warnings: tuple[str, ...] = ()
    """Sentences about flaws of the recordings."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        rows: Mapping[str, Sequence[TensorError | WeightError | NodeError]] = {
            "tensors": self.tensors,
            "weights": self.weights,
            "nodes": self.nodes,
        }
        return {kind: [asdict(row) for row in of] for kind, of in rows.items()} | {
            "pesq_lost": dict(self.pesq_lost)
        }


def report_errors(
    context: SensitivityContext, precisions: Mapping[str, str], clips: Sequence[Clip]
) -> QuantizationErrorReport:
    """Compare the graph in the precisions with the float one over clips of its inputs."""
    quantized = context.quantize(precisions)
    return QuantizationErrorReport(
        tuple(tensor_errors(context.graph, quantized, clips)),
        tuple(weight_errors(context.graph, quantized)),
        tuple(node_errors(context, precisions)),
    )


def tensor_errors(graph: Graph, quantized: Graph, clips: Sequence[Clip]) -> list[TensorError]:
    """Run both graphs over clips and compare their tensors."""
    exact, found = collect_activations(graph, clips), collect_activations(quantized, clips)
    # A state is looked at where it is written.
    skipped = {state.input for state in graph.states}
    rows = []
    for name, tensor in quantized.tensors.items():
        if tensor.dtype == DType.F32 or name in skipped:
            continue
        origin = name if name in exact else name.removesuffix(f"_{tensor.dtype}")
        values, codes = exact[origin].astype(np.float64), found[name]
        real = (codes.astype(np.float64) - tensor.zero_point) * tensor.scale
        rows.append(TensorError(name, tensor.dtype, snr(real, values), *_use(tensor, values, codes)))
    return rows


def weight_errors(graph: Graph, quantized: Graph) -> list[WeightError]:
    """Compare the weights of two forms of a network."""
    exact = {node.name: node for node in graph.nodes}
    rows = []
    for node in quantized.nodes:
        for index, matrix in enumerate(OPS[node.op].matrices):
            weight = node.constants[matrix.weight].astype(np.float64)
            if node.integer:
                operand = quantized.tensors[node.at(matrix.operand)]
                outputs = quantized.tensors_of(node.outputs)
                factor = np.ldexp(
                    node.constants[matrix.multiplier].astype(np.float64),
                    -node.constants[matrix.shift].astype(int),
                )
                weight *= (factor * OPS[node.op].product_scale(node, outputs) / operand.scale)[:, None]
            precision = node.product(index).name
            error = snr(weight, exact[node.name].constants[matrix.weight].astype(np.float64))
            rows.append(WeightError(f"{node.name}.{matrix.weight}", precision, error))
    return rows


def node_errors(context: SensitivityContext, precisions: Mapping[str, str]) -> list[NodeError]:
    """Quantize each node of the graph alone."""
    rows = []
    for node, precision in precisions.items():
        error = context.output_error(all_in_fp32_but(context.graph, node, precision))
        rows.append(NodeError(node, precision, 10 * math.log10(error) if error else -math.inf))
    return rows


def _use(tensor: Tensor, values: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
    if tensor.dtype == DType.F16:
        return float(np.mean(np.abs(values) > 65504)), math.nan
    limits = np.iinfo(tensor.dtype.numpy)
    low, high = ((end - tensor.zero_point) * tensor.scale for end in (limits.min - 0.5, limits.max + 0.5))
    ends = np.quantile(codes, [(1 - USED_SHARE) / 2, (1 + USED_SHARE) / 2], method="nearest")
    return float(np.mean((values < low) | (values > high))), float(
        np.log2(float(ends[1]) - float(ends[0]) + 1)
    )
