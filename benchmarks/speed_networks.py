"""The suppressors' network of any size, as files for other engines: one frame, its states inputs and outputs.

A dense layer with ReLU, two GRUs or LSTMs, a dense layer with ReLU and one with sigmoid, with random weights:
how fast a network is does not depend on them. As one operator, a recurrent layer cannot be quantized by all
engines; so there is a form with its products apart, too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BINS, LAYERS = 257, 2
GATES = {"gru": "zrn", "lstm": "iofc"}
"""Cells, and their gates in the order of ONNX."""
STATES = {"gru": "h", "lstm": "hc"}


@dataclass(frozen=True)
class Weights:
    """Float matrices ``(rows, columns)`` by name; those of a cell have the rows of its gates in turn."""

    cell: str
    hidden: int
    matrices: Mapping[str, np.ndarray]

    @property
    def states(self) -> list[str]:
        """Names of the inputs that are carried from frame to frame; as outputs they end in ``_next``."""
        return [f"{state}{layer}" for layer in range(LAYERS) for state in STATES[self.cell]]

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Of all inputs."""
        return {"x": (1, BINS)} | {state: (1, self.hidden) for state in self.states}


@dataclass(frozen=True)
class Step:
    """An operator as ONNX names it; the second input of a ``MatMul`` is a matrix, transposed."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def random_weights(cell: str, hidden: int) -> Weights:
    """The same ones in each call."""
    rng = np.random.default_rng(0)
    shapes = {"fc_in": (hidden, BINS), "fc_mid": (BINS, hidden), "fc_out": (BINS, BINS)}
    rows = len(GATES[cell]) * hidden
    shapes |= {f"{end}{layer}": (rows, hidden) for layer in range(LAYERS) for end in ("ih", "hh")}
    matrices = {
        name: (rng.standard_normal(shape) / np.sqrt(shape[1])).astype(np.float32)
        for name, shape in shapes.items()
    }
    return Weights(cell, hidden, matrices)


def steps(weights: Weights) -> Iterator[Step]:
    """The network with the products of its cells apart."""
    yield from _dense("fc_in", "x", "Relu")
    x = "fc_in_y"
    for layer in range(LAYERS):
        yield Step("MatMul", (x, f"ih{layer}"), (f"of_x{layer}",))
        yield Step("MatMul", (f"h{layer}", f"hh{layer}"), (f"of_h{layer}",))
        yield from _CELLS[weights.cell](layer)
        x = f"h{layer}_next"
    yield from _dense("fc_mid", x, "Relu")
    yield from _dense("fc_out", "fc_mid_y", "Sigmoid")


def _dense(name: str, source: str, activation: str) -> Iterator[Step]:
    yield Step("MatMul", (source, name), (f"{name}_sum",))
    yield Step(activation, (f"{name}_sum",), (f"{name}_y",))


def _gru(layer: int) -> Iterator[Step]:
    def step(kind: str, inputs: str, output: str) -> Step:
        return Step(kind, tuple(f"{name}{layer}" for name in inputs.split()), (f"{output}{layer}",))

    for end in "xh":
        parts = tuple(f"{end}{gate}{layer}" for gate in GATES["gru"])
        yield Step("Split", (f"of_{end}{layer}",), parts)
    for gate in "zr":
        yield step("Add", f"x{gate} h{gate}", f"{gate}_sum")
        yield step("Sigmoid", f"{gate}_sum", gate)
    yield step("Mul", "r hn", "n_gated")
    yield step("Add", "xn n_gated", "n_sum")
    yield step("Tanh", "n_sum", "n")
    yield step("Sub", "h n", "change")
    yield step("Mul", "z change", "kept")
    yield Step("Add", (f"n{layer}", f"kept{layer}"), (f"h{layer}_next",))


def _lstm(layer: int) -> Iterator[Step]:
    i, o, f, g = parts = tuple(f"{gate}_sum{layer}" for gate in "iofg")
    yield Step("Add", (f"of_x{layer}", f"of_h{layer}"), (f"gates{layer}",))
    yield Step("Split", (f"gates{layer}",), parts)
    for source, gate in ((i, "i"), (o, "o"), (f, "f")):
        yield Step("Sigmoid", (source,), (f"{gate}{layer}",))
    yield Step("Tanh", (g,), (f"g{layer}",))
    yield Step("Mul", (f"f{layer}", f"c{layer}"), (f"kept{layer}",))
    yield Step("Mul", (f"i{layer}", f"g{layer}"), (f"new{layer}",))
    yield Step("Add", (f"kept{layer}", f"new{layer}"), (f"c{layer}_next",))
    yield Step("Tanh", (f"c{layer}_next",), (f"shown{layer}",))
    yield Step("Mul", (f"o{layer}", f"shown{layer}"), (f"h{layer}_next",))


_CELLS: dict[str, Callable[[int], Iterator[Step]]] = {"gru": _gru, "lstm": _lstm}


def write_onnx(weights: Weights, path: Path, fused: bool) -> Path:
    """An ONNX file with nodes ``GRU`` or ``LSTM``, or with the products of the cells apart."""
    nodes, constants = _fused(weights) if fused else _apart(weights)
    ends = {"fc_out_y": (1, BINS)} | {f"{state}_next": (1, weights.hidden) for state in weights.states}
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info(*of) for of in _floats(weights.shapes)],
        [helper.make_tensor_value_info(*of) for of in _floats(ends)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def _floats(shapes: Mapping[str, tuple[int, int]]) -> list[tuple[str, int, tuple[int, int]]]:
    return [(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]


def _node(step: Step) -> onnx.NodeProto:
    more = {"axis": 1} if step.kind == "Split" else {}
    return helper.make_node(step.kind, step.inputs, step.outputs, **more)


def _apart(weights: Weights) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    constants = {f"{name}_t": matrix.T.copy() for name, matrix in weights.matrices.items()}
    nodes = [
        _node(Step("MatMul", (of.inputs[0], f"{of.inputs[1]}_t"), of.outputs) if of.kind == "MatMul" else of)
        for of in steps(weights)
    ]
    return nodes, constants


def _fused(weights: Weights) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    """Dense layers of the form that is apart, and cells as nodes."""
    around, constants = _apart(weights)
    dense = [node for node in around if any(name.startswith("fc_") for name in node.output)]
    constants = {name: array for name, array in constants.items() if name.startswith("fc_")}
    constants["first"] = np.zeros(1, np.int64)
    more = {"linear_before_reset": 1} if weights.cell == "gru" else {}
    cells, x = [], "fc_in_y"
    for layer in range(LAYERS):
        constants |= {f"{end}{layer}": weights.matrices[f"{end}{layer}"][None] for end in ("ih", "hh")}
        states = [f"{state}{layer}" for state in STATES[weights.cell]]
        sequences = [f"{name}_sequence" for name in (f"x{layer}", *states)]
        after = [f"{state}_after" for state in states]
        cells += [
            helper.make_node("Unsqueeze", [name, "first"], [sequence])
            for name, sequence in zip((x, *states), sequences, strict=True)
        ]
        inputs = [sequences[0], f"ih{layer}", f"hh{layer}", "", "", *sequences[1:]]
        cell = weights.cell.upper()
        cells.append(helper.make_node(cell, inputs, ["", *after], hidden_size=weights.hidden, **more))
        cells += [
            helper.make_node("Squeeze", [name, "first"], [f"{state}_next"])
            for name, state in zip(after, states, strict=True)
        ]
        x = f"h{layer}_next"
    return [*dense[:2], *cells, *dense[2:]], constants
