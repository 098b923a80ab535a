"""Bytes and operations of a model, and a model in words."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.emit.sizes import weight_bytes
from ossicle.graph import Graph, Node, Spotting
from ossicle.graph.file import Model
from ossicle.graph.ops import OPS
from ossicle.quantize import SCHEMES, quantize


@dataclass(frozen=True)
class Description:
    """A model in a line, and where it comes from."""

    name: str
    parameters: int
    macs_per_second: float
    weight_bytes: dict[str, int]
    provenance: Mapping[str, Any]


def describe(name: str, model: Model) -> Description:
    """Describe a float model; its weights' bytes by scheme."""
    task = model.graph.task
    return Description(
        name,
        model.graph.parameters,
        model.graph.macs * task.sample_rate / task.hop,
        {s: weight_bytes(quantize(model.graph, s, model.calibration)) for s in SCHEMES},
        model.provenance,
    )


def model_text(model: Model) -> str:
    """A model in five lines: what it is for, its network, its size, its precisions, and where it is from."""
    graph, task = model.graph, model.graph.task
    kind = "keyword spotter" if isinstance(task, Spotting) else "noise suppressor"
    ops = Counter(node.op for node in graph.nodes)
    weights = sum(node.constants[name].size for node, name in _weights_and_biases(graph))
    seen = len(model.calibration) or "no"
    return "\n".join(
        (
            f"{graph.name}: {kind}, {task.sample_rate} Hz, a hop of {1e3 * task.hop / task.sample_rate:g} ms",
            f"network: {', '.join(f'{count} {op}' for op, count in ops.items())}; "
            f"{graph.tensors[graph.input].size} values in, {graph.tensors[graph.output].size} out",
            f"size: {weights:,} weights and biases, {weight_bytes(graph):,} bytes; {graph.macs:,} MAC a hop",
            f"precisions: {_precisions_text(graph)}",
            f"calibration: {seen} tensors; from: {_provenance_text(model.provenance)}",
        )
    )


def _weights_and_biases(graph: Graph) -> Iterator[tuple[Node, str]]:
    for node in graph.nodes:
        for matrix in OPS[node.op].matrices:
            yield from ((node, matrix.weight), (node, matrix.bias))


def _precisions_text(graph: Graph) -> str:
    """Nodes by precision; the precision alone where all have one."""
    nodes: dict[str, list[str]] = {}
    for node in graph.nodes:
        if OPS[node.op].matrices:
            nodes.setdefault(node.precision, []).append(node.name)
    if len(nodes) == 1:
        return f"{next(iter(nodes))} in all layers"
    return "; ".join(f"{precision} in {', '.join(names)}" for precision, names in nodes.items())


def _provenance_text(provenance: Mapping[str, Any]) -> str:
    """What a model was trained on, or whatever else its file says in a word."""
    trained = [f"{of['hours']:.1f} h of {kind}" for kind, of in provenance.get("data", {}).items()]
    if trained:
        return f"training on {' and '.join(trained)}"
    words = [f"{key} {value}" for key, value in provenance.items() if isinstance(value, str)]
    return ", ".join(words) or "unknown"
