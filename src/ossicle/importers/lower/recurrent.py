"""Recurrent layers: one step of a stream with the bands as rows, or a sequence within a step.

A GRU or LSTM is a node of its own. A plain RNN is dense layers and a function, for each of its steps.
"""

from dataclasses import dataclass

import numpy as np

from ossicle.importers.lower.addresses import ZERO
from ossicle.importers.lower.arithmetic import binary, unary
from ossicle.importers.lower.context import Context, rule
from ossicle.importers.lower.dense import dense
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle

GATES = {"GRU": (1, 0, 2), "LSTM": (0, 2, 3, 1), "RNN": (0,)}
"""Where the gates of our order (GRU: r z n; LSTM: i f g o) stand in ONNX's (z r h; i o f c)."""
ACTIVATIONS = {"GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
STATES = {"GRU": ("h",), "LSTM": ("h", "c"), "RNN": ("h",)}
FUNCTIONS = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh"}
"""What a plain RNN may end in, and what that is called here."""


@rule("GRU", "LSTM", "RNN")
def _recurrent(context: Context, operation: Operation) -> None:
    _require_known(context, operation)
    inputs = [*operation.inputs, *[""] * (8 - len(operation.inputs))]
    x = context.place(inputs[0])
    starts = [context.place(value) if value else None for value in (inputs[5], inputs[6])]
    weight, recurrence = (context.constant(value) for value in inputs[1:3])
    if weight is None or recurrence is None:
        raise Obstacle.at(operation, "its weights depend on the data", "export it with constant weights")
    bias = context.constant(inputs[3])
    direction = operation.attributes.get("direction", "forward")
    ways = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}[direction]
    sequences, lasts = [], []
    for number, reverse in enumerate(ways):
        layer = Layer.of(
            operation.op, weight[number], recurrence[number], None if bias is None else bias[number]
        )
        first = [None if start is None else start[number] for start in starts[: len(STATES[operation.op])]]
        if operation.op == "RNN":
            function = _functions(operation)[number]
            sequence, last = run_plain(context, operation, layer, x, first, reverse, function)
        else:
            sequence, last = run(context, operation, layer, x, first, reverse)
        sequences.append(sequence)
        lasts.append(last)
    found = [np.stack(sequences, 1), *(np.stack(kind) for kind in zip(*lasts, strict=True))]
    for output, index in zip(operation.outputs, found, strict=False):
        context.put(output, index)


@dataclass(frozen=True)
class Layer:
    """Weights of one direction, the gates in our order."""

    kind: str
    """``GRU``, ``LSTM`` or ``RNN``."""
    weight_ih: np.ndarray
    weight_hh: np.ndarray
    bias_ih: np.ndarray
    bias_hh: np.ndarray

    @classmethod
    def of(cls, kind: str, weight: np.ndarray, recurrence: np.ndarray, bias: np.ndarray | None) -> "Layer":
        """From those of ONNX, ``(gates * hidden, columns)``; both biases stand in one vector."""
        rows = len(weight)
        both = np.zeros(2 * rows, np.float32) if bias is None else bias
        parts = [weight, recurrence, both[:rows], both[rows:]]
        gates, order = len(GATES[kind]), list(GATES[kind])
        return cls(kind, *(np.concatenate([np.split(part, gates)[gate] for gate in order]) for part in parts))

    @property
    def hidden(self) -> int:
        """Number of units."""
        return int(self.weight_hh.shape[1])


def run(
    context: Context,
    operation: Operation,
    layer: Layer,
    x: np.ndarray,
    start: list[np.ndarray | None],
    reverse: bool,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """One direction over ``(steps, rows, features)``; returns ``(steps, rows, hidden)`` and last states."""
    steps, rows, _ = x.shape
    names, builder = STATES[layer.kind], context.builder
    shape, zero = (rows, layer.hidden), np.full((rows, layer.hidden), ZERO)
    first = [zero if index is None else index for index in start]
    constants = {
        name: getattr(layer, name).astype(np.float32)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    ports = {"x": builder.holding(x, operation.name)}
    if steps == 1:
        held = [builder.holding(index, operation.name) for index in first]
        ports |= {"h_operand": held[0], **dict(zip(names, held, strict=True))}
        sizes = {f"{name}_next": rows * layer.hidden for name in names}
        attributes = {"rows": rows}
        last = builder.add(layer.kind.lower(), operation.name, ports, sizes, constants, attributes)
        return last[0].reshape(1, *shape), [index.reshape(shape) for index in last]
    if not all((index == ZERO).all() for index in first):
        ports |= {
            name: builder.holding(index, operation.name) for name, index in zip(names, first, strict=True)
        }
    sizes = {"y": steps * rows * layer.hidden} | {f"{name}_next": rows * layer.hidden for name in names}
    scan = {"steps": steps, "rows": rows, "reverse": int(reverse)}
    y, *last = builder.add(f"{layer.kind.lower()}_scan", operation.name, ports, sizes, constants, scan)
    return y.reshape(steps, *shape), [index.reshape(shape) for index in last]


def run_plain(
    context: Context,
    operation: Operation,
    layer: Layer,
    x: np.ndarray,
    start: list[np.ndarray | None],
    reverse: bool,
    function: str,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The same of an RNN, ``h = function(W x + U h + b)``; the products with x are one layer."""
    steps, rows, features = x.shape
    bias = layer.bias_ih + layer.bias_hh
    heard = dense(context, operation, x.reshape(-1, features), layer.weight_ih, bias)
    heard = heard.reshape(steps, rows, layer.hidden)
    found: list[np.ndarray] = [heard[0]] * steps
    last = start[0]
    for step in reversed(range(steps)) if reverse else range(steps):
        total = heard[step]
        if last is not None and (last != ZERO).any():
            kept = dense(context, operation, last, layer.weight_hh, np.zeros(layer.hidden))
            total = binary(context.builder, "add", total, kept, operation.name)
        found[step] = last = unary(context.builder, function, total, operation.name)
    assert last is not None
    return np.stack(found), [last]


def _functions(operation: Operation) -> list[str]:
    """The function that each direction of a plain RNN ends in."""
    given = [str(name) for name in operation.attributes.get("activations") or ("Tanh", "Tanh")]
    unknown = [name for name in given if name not in FUNCTIONS]
    if unknown:
        raise Obstacle.at(operation, f"its activation is {unknown[0]}", f"use {', '.join(FUNCTIONS)}")
    return [FUNCTIONS[name] for name in given]


def _require_known(context: Context, operation: Operation) -> None:
    """Refuse what no kernel computes."""
    attributes, kind = operation.attributes, operation.op
    if kind == "GRU" and not attributes.get("linear_before_reset"):
        raise Obstacle.at(
            operation,
            "it resets the state before the product (linear_before_reset=0)",
            "train it with the reset after the product, as PyTorch does (Keras: reset_after=True)",
        )
    usual = ACTIVATIONS.get(kind, [])
    activations = [str(name) for name in attributes.get("activations") or usual]
    directions = 2 if attributes.get("direction") == "bidirectional" else 1
    if usual and activations not in (usual, usual * directions):
        raise Obstacle.at(operation, f"its activations are {', '.join(activations)}", "use sigmoid and tanh")
    if attributes.get("clip") or attributes.get("input_forget"):
        raise Obstacle.at(operation, "it clips or couples its gates", "export it without clip, input_forget")
    if kind == "LSTM" and len(operation.inputs) > 7 and operation.inputs[7]:
        peepholes = context.constant(operation.inputs[7])
        if peepholes is None or peepholes.any():
            raise Obstacle.at(operation, "it has peepholes", "train it without")
