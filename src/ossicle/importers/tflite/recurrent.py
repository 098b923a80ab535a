"""LSTM layers and plain recurrent layers over a sequence within one call."""

from dataclasses import replace

import numpy as np

from ossicle.importers.network import Quantization, StatePair, Value
from ossicle.importers.tflite.translation import Site, translates

GATES = (0, 3, 1, 2)
"""Gates i, o, f, c among those of the format, i, f, c, o."""
PEEPHOLES, PROJECTION, NORMS = range(9, 12), range(16, 18), range(20, 24)
HIDDEN, CELL = 18, 19
PLAIN_STATE = 4
FUNCTIONS = {1: "Relu", 4: "Tanh"}
"""What a plain recurrent layer may end in, by the number of its fused activation function."""


@translates("UNIDIRECTIONAL_SEQUENCE_LSTM")
def _lstm(site: Site) -> None:
    for ports, what in ((PEEPHOLES, "peepholes"), (PROJECTION, "a projection"), (NORMS, "layer norms")):
        if any(site.input(port) for port in ports):
            raise site.obstacle(f"it has {what}", "train it as a plain LSTM")
    if not all(site.input(port) for port in range(1, 9)):
        raise site.obstacle("its input gate is coupled to the forget gate", "train it as a plain LSTM")
    if site.options.get("FusedActivationFunction") != 4:
        raise site.obstacle("its activation function is another one than tanh", "train it with tanh")
    x, all_steps = _sequence(site)
    units = site.value(all_steps).shape[-1]
    (hidden, hidden_next), (cell, cell_next) = (_state(site, port, units) for port in (HIDDEN, CELL))
    inputs = [x, _weights(site, 1), _weights(site, 5), _biases(site, units), "", hidden, cell]
    attributes = {"direction": "forward", "hidden_size": units, "layout": 0, "input_forget": 0}
    clip = float(site.options.get("CellClip", 0.0))
    if clip:
        attributes["cell_clip"] = clip
    site.emit("LSTM", inputs, [all_steps, hidden_next, cell_next], **attributes)
    site.reshape_to(all_steps, *site.outputs)


@translates("RNN", "UNIDIRECTIONAL_SEQUENCE_RNN")
def _plain(site: Site) -> None:
    """``h = function(W x + U h + b)``; of an ``RNN`` one step, of the other kind a sequence."""
    number = site.options.get("FusedActivationFunction", 0)
    if number not in FUNCTIONS:
        raise site.obstacle("it ends in another function than tanh or ReLU", "train it with tanh")
    if site.at(0).quantization is not None:
        raise site.obstacle(
            "in integers it is not imported", "import the float network, and quantize it with --scheme w8a16"
        )
    x, all_steps = _sequence(site)
    units = site.value(all_steps).shape[-1]
    old, new = _state(site, PLAIN_STATE, units)
    weights = [
        site.constant(f"weights_{port}", np.asarray(site.float_weight(port).constant)[None])
        for port in (1, 2)
    ]
    bias = np.concatenate([_bias(site, 3), np.zeros(units, np.float32)])[None]
    attributes = {"direction": "forward", "hidden_size": units, "activations": (FUNCTIONS[number],)}
    inputs = [x, *weights, site.constant("biases", bias), "", old]
    site.emit("RNN", inputs, [all_steps, new], **attributes)
    site.reshape_to(all_steps, *site.outputs)


def _sequence(site: Site) -> tuple[str, str]:
    """What a layer reads, its steps first, and a value for all results, ``(steps, 1, 1, units)``."""
    shape, (output,) = site.at(0).shape, site.outputs
    if len(shape) == 2:
        batch, steps = shape[0], 1
    else:
        batch, steps = reversed(shape[:2]) if site.options.get("TimeMajor") else shape[:2]
    if batch != 1:
        raise site.obstacle(f"it runs {batch} sequences side by side", "export it with a batch of one")
    # Of a single sequence, the order of the axes does not change that of the values.
    x = site.reshaped(site.input(0), (steps, 1, shape[-1]))
    return x, site.between(output, (steps, 1, 1, site.value(output).shape[-1]))


def _state(site: Site, port: int, units: int) -> tuple[str, str]:
    """A variable tensor as the state that it is: what the layer reads, and what it leaves."""
    old = site.into.declare(replace(site.at(port), shape=(1, 1, units), constant=None))
    new = site.between(old)
    site.into.inputs.append(old)
    site.into.outputs.append(new)
    site.into.states.append(StatePair(old, new, f"variable tensor of {site.name}"))
    return old, new


def _weights(site: Site, first: int) -> str:
    """The weights of four gates below one another, of shape ``(1, 4 * units, columns)``."""
    parts = [site.float_weight(first + gate) for gate in GATES]
    array = np.concatenate([part.constant for part in parts if part.constant is not None])[None]
    scales = None
    if parts[0].quantization is not None:
        rows = [len(array[0]) // 4] * 4
        scales = Quantization(
            np.concatenate([np.broadcast_to(_scale(part), n) for part, n in zip(parts, rows, strict=True)]),
            np.zeros(sum(rows), np.int32),
            axis=1,
        )
    return site.constant(f"weights_{first}", array, scales)


def _scale(weight: Value) -> np.ndarray:
    assert weight.quantization is not None
    return weight.quantization.scale


def _biases(site: Site, units: int) -> str:
    """The biases of four gates, then those of the recurrent product, which has none."""
    dtype = "float32" if site.at(0).quantization is None else "int32"
    parts = [_bias(site, 12 + gate) if site.input(12 + gate) else np.zeros(units, dtype) for gate in GATES]
    return site.constant("biases", np.concatenate([*parts, np.zeros(4 * units, dtype)])[None])


def _bias(site: Site, port: int) -> np.ndarray:
    constant = site.at(port).constant
    if constant is None:
        raise site.obstacle(f"its input {port} is no constant", "export the network with constant biases")
    return constant
