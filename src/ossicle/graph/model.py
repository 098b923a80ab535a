"""A graph with what is known of it besides: what calibration saw, and where both come from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ossicle.graph.calibration import Calibration
from ossicle.graph.graph import Graph
from ossicle.graph.operator import OPS


@dataclass(frozen=True, repr=False)
class Model:
    """A graph, what calibration saw of it in float, and where both come from.

    Printed, it says in five lines what it is for, its network, its size, its precisions and its origin.
    """

    graph: Graph
    calibration: Calibration = Calibration()  # noqa: RUF009 - frozen
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        graph, task = self.graph, self.graph.task
        ops = Counter(node.op for node in graph.nodes)
        seen = len(self.calibration.spans) or "no"
        return "\n".join(
            (
                f"{graph.name}: {task.record.description}, {task.timing}",
                f"network: {', '.join(f'{count} {op}' for op, count in ops.items())}; "
                f"{_values(graph, graph.inputs)} values in, {_values(graph, graph.outputs)} out",
                f"size: {_weights_and_biases(graph):,} weights and biases, {graph.macs:,} MAC a frame",
                f"precisions: {_precisions_text(graph)}",
                f"calibration: {seen} tensors; from: {_origin_text(self.provenance)}",
            )
        )


def _values(graph: Graph, names: Sequence[str]) -> int:
    return sum(graph.tensors[name].size for name in names)


def _weights_and_biases(graph: Graph) -> int:
    return sum(
        node.constants[name].size
        for node in graph.nodes
        for matrix in OPS[node.op].matrices
        for name in (matrix.weight, matrix.bias)
    )


def _precisions_text(graph: Graph) -> str:
    """Nodes by precision; the precision alone where all have one."""
    nodes: dict[str, list[str]] = {}
    for node in graph.nodes:
        if OPS[node.op].matrices:
            nodes.setdefault(node.precision, []).append(node.name)
    if len(nodes) == 1:
        return f"{next(iter(nodes))} in all layers"
    return "; ".join(f"{precision} in {', '.join(names)}" for precision, names in nodes.items())


def _origin_text(provenance: Mapping[str, Any]) -> str:
    """What a model was trained on, or whatever else its file says in a word."""
    trained = [f"{of['hours']:.1f} h of {kind}" for kind, of in provenance.get("data", {}).items()]
    if trained:
        return f"training on {' and '.join(trained)}"
    words = [f"{key} {value}" for key, value in provenance.items() if isinstance(value, str)]
    return ", ".join(words) or "unknown"
