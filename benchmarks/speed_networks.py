"""The suppressors' network at any size, as files for other engines: one frame, its states inputs and outputs.

A dense layer with ReLU, two GRUs, a dense layer with ReLU and one with sigmoid, with random weights: how fast
a network is does not depend on them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BINS, GRUS = 257, 2


@dataclass(frozen=True)
class Weights:
    """Float matrices ``(rows, columns)``; a GRU has its gates in the order z, r, n."""

    dense: dict[str, np.ndarray]
    ih: tuple[np.ndarray, ...]
    hh: tuple[np.ndarray, ...]

    @property
    def hidden(self) -> int:
        """Units of a layer."""
        return self.hh[0].shape[1]


def random_weights(hidden: int) -> Weights:
    """The same ones in each call."""
    rng = np.random.default_rng(0)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (rng.standard_normal((rows, columns)) / np.sqrt(columns)).astype(np.float32)

    dense = {"fc_in": (hidden, BINS), "fc_mid": (BINS, hidden), "fc_out": (BINS, BINS)}
    gates = [(matrix(3 * hidden, hidden), matrix(3 * hidden, hidden)) for _ in range(GRUS)]
    of_x, of_h = zip(*gates, strict=True)
    return Weights({name: matrix(*shape) for name, shape in dense.items()}, of_x, of_h)


def write_onnx(weights: Weights, path: Path, fused: bool) -> Path:
    """An ONNX file with nodes ``GRU``, or with the products of the gates apart, which can be quantized."""
    hidden, nodes, constants = weights.hidden, [], {}

    def dense(name: str, source: str, activation: str) -> str:
        constants[name] = weights.dense[name].T.copy()
        nodes.append(helper.make_node("MatMul", [source, name], [f"{name}_sum"]))
        nodes.append(helper.make_node(activation, [f"{name}_sum"], [f"{name}_y"]))
        return f"{name}_y"

    x = dense("fc_in", "x", "Relu")
    for layer in range(GRUS):
        cell = _fused_gru if fused else _gru_apart
        found, x = cell(layer, x, weights, constants)
        nodes += found
    mask = dense("fc_out", dense("fc_mid", x, "Relu"), "Sigmoid")
    values = {"x": (1, BINS)} | {f"h{layer}": (1, hidden) for layer in range(GRUS)}
    ends = {mask: (1, BINS)} | {f"h{layer}_next": (1, hidden) for layer in range(GRUS)}
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in values.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends.items()],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def _fused_gru(
    layer: int, x: str, weights: Weights, constants: dict[str, np.ndarray]
) -> tuple[list[onnx.NodeProto], str]:
    name, hidden = f"gru{layer}", weights.hidden
    constants |= {f"{name}_w": weights.ih[layer][None], f"{name}_r": weights.hh[layer][None]}
    constants |= {f"{name}_b": np.zeros((1, 6 * hidden), np.float32), "first": np.zeros(1, np.int64)}
    nodes = [
        helper.make_node("Unsqueeze", [x, "first"], [f"{name}_x"]),
        helper.make_node("Unsqueeze", [f"h{layer}", "first"], [f"{name}_h"]),
        helper.make_node(
            "GRU",
            [f"{name}_x", f"{name}_w", f"{name}_r", f"{name}_b", "", f"{name}_h"],
            ["", f"{name}_y"],
            hidden_size=hidden,
            linear_before_reset=1,
        ),
        helper.make_node("Squeeze", [f"{name}_y", "first"], [f"h{layer}_next"]),
    ]
    return nodes, f"h{layer}_next"


def _gru_apart(
    layer: int, x: str, weights: Weights, constants: dict[str, np.ndarray]
) -> tuple[list[onnx.NodeProto], str]:
    name, h = f"gru{layer}", f"h{layer}"
    constants |= {f"{name}_ih": weights.ih[layer].T.copy(), f"{name}_hh": weights.hh[layer].T.copy()}
    gates = [[f"{name}_{end}{gate}" for gate in "zrn"] for end in "xh"]

    def node(op: str, inputs: list[str], output: str) -> onnx.NodeProto:
        return helper.make_node(op, inputs, [output])

    nodes = [
        node("MatMul", [x, f"{name}_ih"], f"{name}_of_x"),
        node("MatMul", [h, f"{name}_hh"], f"{name}_of_h"),
        helper.make_node("Split", [f"{name}_of_x"], gates[0], axis=1),
        helper.make_node("Split", [f"{name}_of_h"], gates[1], axis=1),
    ]
    (xz, xr, xn), (hz, hr, hn) = gates
    z, r, n = (f"{name}_{gate}" for gate in "zrn")
    for gate, (of_x, of_h) in {z: (xz, hz), r: (xr, hr)}.items():
        nodes += [node("Add", [of_x, of_h], f"{gate}_sum"), node("Sigmoid", [f"{gate}_sum"], gate)]
    nodes += [
        node("Mul", [r, hn], f"{n}_gated"),
        node("Add", [xn, f"{n}_gated"], f"{n}_sum"),
        node("Tanh", [f"{n}_sum"], n),
        node("Sub", [h, n], f"{n}_change"),
        node("Mul", [z, f"{n}_change"], f"{n}_kept"),
        node("Add", [n, f"{n}_kept"], f"{h}_next"),
    ]
    return nodes, f"{h}_next"
