"""How recurrent layers are spelled: the sequence first, every activation named, no lengths."""

from ossicle.importers.onnx.plain import Spelled

_ACTIVATIONS = {
    "GRU": ("Sigmoid", "Tanh"),
    "LSTM": ("Sigmoid", "Tanh", "Tanh"),
    "RNN": ("Tanh",),
}
_SEQUENCE, _LENGTHS, _STATES = 0, 4, (5, 6)
"""Places of the inputs."""


def _recurrent(spelled: Spelled) -> None:
    operation, attributes, writer = spelled.operation, spelled.attributes, spelled.writer
    directions = 2 if attributes["direction"] == "bidirectional" else 1
    turned = bool(attributes.get("layout", 0))
    inputs = [*operation.inputs]
    steps = spelled.x.shape[1 if turned else 0]
    spelled.require_features(spelled.x.shape[2], writer.values[operation.inputs[1]].shape[2])
    lengths = spelled.input(_LENGTHS)
    if lengths is not None:
        if lengths.constant is None or (lengths.constant != steps).any():
            raise spelled.obstacle(
                "the lengths of its sequences are an input", "export the network for sequences of one length"
            )
        inputs[_LENGTHS] = ""
    outputs = [*operation.outputs]
    if turned:
        for index in (_SEQUENCE, *_STATES):
            if index < len(inputs) and inputs[index]:
                inputs[index] = _swapped(spelled, inputs[index])
        outputs = [_unswapped(spelled, name, index) if name else "" for index, name in enumerate(outputs)]
    given = attributes.get("activations") or _ACTIVATIONS[operation.op] * directions
    kept = {
        "clip": 0.0,
        **{"GRU": {"linear_before_reset": 0}, "LSTM": {"input_forget": 0}}.get(operation.op, {}),
    }
    writer.emit(
        operation.op,
        operation.name,
        inputs,
        outputs,
        direction=attributes["direction"],
        hidden_size=spelled.writer.values[operation.inputs[2]].shape[2],
        activations=tuple(given),
        activation_alpha=tuple(attributes.get("activation_alpha") or ()),
        activation_beta=tuple(attributes.get("activation_beta") or ()),
        **{name: attributes.get(name, default) for name, default in kept.items()},
    )
    if turned:
        for index, (inner, name) in enumerate(zip(outputs, operation.outputs, strict=True)):
            if name:
                perm = (2, 0, 1, 3) if index == 0 else (1, 0, 2)
                writer.emit("Transpose", operation.name, [inner], [name], perm=perm)


def _swapped(spelled: Spelled, name: str) -> str:
    """A sequence or state with the batch behind the sequence or the directions."""
    first, second, *others = spelled.writer.values[name].shape
    swapped = spelled.writer.fresh(name, (second, first, *others))
    spelled.writer.emit("Transpose", spelled.operation.name, [name], [swapped], perm=(1, 0, 2))
    return swapped


def _unswapped(spelled: Spelled, name: str, index: int) -> str:
    """What the layer writes in the order of ONNX's default, where the file has the batch first."""
    shape = spelled.writer.values[name].shape
    if index == 0:
        batch, steps, directions, hidden = shape
        return spelled.writer.fresh(name, (steps, directions, batch, hidden))
    batch, directions, hidden = shape
    return spelled.writer.fresh(name, (directions, batch, hidden))


RECURRENT = {"GRU": _recurrent, "LSTM": _recurrent, "RNN": _recurrent}
