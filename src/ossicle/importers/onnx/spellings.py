"""How each operator is spelled in a network, whatever the opset of its file; in a table by operator.

An operator that is not in the table keeps its inputs, and its attributes with the defaults of its opset.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ossicle.importers.network import Quantization
from ossicle.importers.onnx.plain import Spelled
from ossicle.importers.onnx.recurrent import RECURRENT
from ossicle.importers.onnx.windows import WINDOWS

Rule = Callable[[Spelled], None]


def _same(spelled: Spelled) -> None:
    spelled.alias()


def _reshape(spelled: Spelled) -> None:
    if spelled.x.shape == spelled.y.shape:
        spelled.alias()
    else:
        spelled.emit("Reshape", shape=spelled.y.shape)


def _expand(spelled: Spelled) -> None:
    if spelled.x.shape == spelled.y.shape:
        spelled.alias()
    else:
        spelled.emit(shape=spelled.y.shape)


def _tile(spelled: Spelled) -> None:
    repeats = spelled.numbers(1, "repeats", "how often it repeats") or []
    if all(repeat == 1 for repeat in repeats):
        spelled.alias()
    else:
        spelled.emit(repeats=tuple(repeats))


def _cast(spelled: Spelled) -> None:
    """Only a cast that changes numbers stays."""
    before, after = np.dtype(spelled.x.dtype).kind, np.dtype(spelled.y.dtype).kind
    floats = before not in "iub"
    if (after == "b" and before != "b") or (after in "iu" and floats):
        spelled.emit("Cast", to=spelled.y.dtype)
    else:
        spelled.alias()


def _dropout(spelled: Spelled) -> None:
    training = spelled.input(2)
    if training is not None and (training.constant is None or training.constant.any()):
        raise spelled.obstacle("it drops values at random", "export the network after model.eval()")
    spelled.alias()
    for mask in filter(None, spelled.operation.outputs[1:]):
        value = spelled.writer.values[mask]
        spelled.writer.values[mask] = replace(value, constant=np.ones(value.shape, value.dtype))


def _transpose(spelled: Spelled) -> None:
    axes = range(spelled.rank)
    order = tuple(spelled.attributes.get("perm") or reversed(axes))
    if order == tuple(axes):
        spelled.alias()
    else:
        spelled.emit(perm=order)


def _slice(spelled: Spelled) -> None:
    starts = spelled.numbers(1, "starts", "where it starts") or []
    ends = spelled.numbers(2, "ends", "where it ends") or []
    axes = spelled.numbers(3, "axes", "its axes") or list(range(len(starts)))
    steps = spelled.numbers(4, "steps", "its step") or [1] * len(starts)
    if spelled.x.shape == spelled.y.shape and min(steps, default=1) > 0:
        spelled.alias()
        return
    cut = sorted(zip(map(spelled.axis, axes), starts, ends, steps, strict=True))
    spelled.emit(
        axes=tuple(axis for axis, *_ in cut),
        starts=tuple(_ends(spelled.x.shape[axis], start, end, step)[0] for axis, start, end, step in cut),
        ends=tuple(_ends(spelled.x.shape[axis], start, end, step)[1] for axis, start, end, step in cut),
        steps=tuple(step for *_, step in cut),
    )


def _ends(size: int, start: int, end: int, step: int) -> tuple[int, int]:
    """Start and end within an axis; an end before its beginning is ``-size - 1``."""
    start, end, _ = slice(start, end, step).indices(size)
    return start, end if end >= 0 else -size - 1


def _split(spelled: Spelled) -> None:
    axis = spelled.axis(spelled.attributes["axis"])
    sizes = tuple(spelled.writer.values[name].shape[axis] for name in spelled.operation.outputs if name)
    if len(sizes) < len(spelled.operation.outputs):
        parts = spelled.numbers(1, "split", "how it splits")
        each = -(-spelled.x.shape[axis] // len(spelled.operation.outputs))
        sizes = tuple(parts or [each] * len(spelled.operation.outputs))
    spelled.emit(axis=axis, split=sizes)


def _concat(spelled: Spelled) -> None:
    values = spelled.writer.values
    inputs = [name for name in spelled.operation.inputs if 0 not in values[name].shape]
    if len(inputs) == 1:
        spelled.writer.aliases[spelled.operation.outputs[0]] = inputs[0]
    else:
        spelled.emit("Concat", inputs, axis=spelled.axis(spelled.attributes["axis"]))


def _gather(spelled: Spelled) -> None:
    spelled.emit("Gather", spelled.operation.inputs, axis=spelled.axis(spelled.attributes["axis"]))


def _pad(spelled: Spelled) -> None:
    pads = spelled.numbers(1, "pads", "how much it pads") or []
    value = spelled.numbers(2, "value", "what it pads with") or [0.0]
    axes = spelled.numbers(3, "axes", "its axes") or list(range(len(pads) // 2))
    whole = [0] * 2 * spelled.rank
    for index, axis in enumerate(axes):
        whole[spelled.axis(axis)] = pads[index]
        whole[spelled.axis(axis) + spelled.rank] = pads[index + len(axes)]
    if not any(whole):
        spelled.alias()
    else:
        spelled.emit(pads=tuple(whole), mode=spelled.attributes["mode"], value=float(value[0]))


def _clip(spelled: Spelled) -> None:
    ends = {"min": spelled.numbers(1, "min", "its limit"), "max": spelled.numbers(2, "max", "its limit")}
    largest = float(np.finfo(np.float32).max)
    known = {name: float(end[0]) for name, end in ends.items() if end}
    spelled.emit(**{name: end for name, end in known.items() if abs(end) < largest})


def _reduce(spelled: Spelled) -> None:
    axes = spelled.numbers(1, "axes", "its axes")
    if not axes and spelled.attributes.get("noop_with_empty_axes"):
        spelled.alias()
        return
    over = sorted(spelled.axis(axis) for axis in (axes or range(spelled.rank)))
    spelled.emit(axes=tuple(over), keepdims=int(spelled.attributes["keepdims"]))


def _global_pool(spelled: Spelled) -> None:
    op = "ReduceMean" if spelled.operation.op == "GlobalAveragePool" else "ReduceMax"
    spelled.emit(op, axes=tuple(range(2, spelled.rank)), keepdims=1)


def _softmax(spelled: Spelled) -> None:
    """Over one axis; before opset 13 it was over all axes from one on."""
    axis = spelled.axis(spelled.attributes["axis"])
    behind = spelled.x.shape[axis + 1 :]
    if spelled.call.opset >= 13 or math.prod(behind) == 1:
        spelled.emit(axis=axis)
        return
    writer, (x,), (y,) = spelled.writer, spelled.operation.inputs, spelled.operation.outputs
    rows = (math.prod(spelled.x.shape[:axis]), spelled.x.shape[axis] * math.prod(behind))
    flat, found = writer.fresh(x, rows), writer.fresh(y, rows)
    writer.emit("Reshape", spelled.operation.name, [x], [flat], shape=rows)
    writer.emit(spelled.operation.op, spelled.operation.name, [flat], [found], axis=1)
    writer.emit("Reshape", spelled.operation.name, [found], [y], shape=spelled.y.shape)


def _joined(spelled: Spelled, op: str, result: str) -> None:
    """Any number of inputs brought together by an operator of two."""
    writer, operation = spelled.writer, spelled.operation
    total, *others = operation.inputs
    if not others:
        writer.aliases[result] = total
    for index, name in enumerate(others):
        shape = np.broadcast_shapes(writer.values[total].shape, writer.values[name].shape)
        joined = result if index == len(others) - 1 else writer.fresh(total, shape)
        writer.emit(op, operation.name, [total, name], [joined])
        total = joined


def _variadic(op: str) -> Rule:
    return lambda spelled: _joined(spelled, op, spelled.operation.outputs[0])


def _mean(spelled: Spelled) -> None:
    writer, (y,) = spelled.writer, spelled.operation.outputs
    total = writer.fresh(y, spelled.y.shape)
    _joined(spelled, "Add", total)
    fraction = writer.constant(y, np.array(1 / len(spelled.operation.inputs), np.float32))
    writer.emit("Mul", spelled.operation.name, [total, fraction], [y])


def _batch_norm(spelled: Spelled) -> None:
    if spelled.attributes.get("training_mode") or spelled.more_are_read():
        raise spelled.obstacle("it learns while it runs", "export the network after model.eval()")
    spelled.writer.emit(
        "BatchNormalization",
        spelled.operation.name,
        spelled.operation.inputs,
        spelled.operation.outputs[:1],
        epsilon=spelled.attributes["epsilon"],
    )


def _layer_norm(spelled: Spelled) -> None:
    if spelled.more_are_read():
        raise spelled.obstacle("its mean is an output", "export the network in inference mode")
    spelled.writer.emit(
        "LayerNormalization",
        spelled.operation.name,
        spelled.operation.inputs,
        spelled.operation.outputs[:1],
        axis=spelled.axis(spelled.attributes["axis"]),
        epsilon=spelled.attributes["epsilon"],
    )


def _codes(spelled: Spelled) -> Quantization:
    """What the integers of an operation of a quantized file stand for: its scale and zero point."""
    scale, zero = spelled.input(1), spelled.input(2)
    if scale is None or scale.constant is None or (zero is not None and zero.constant is None):
        raise spelled.obstacle("its scale depends on the data", "quantize the float file with static scales")
    if spelled.attributes.get("block_size"):
        raise spelled.obstacle(
            "it has a scale for each block", "quantize the float file per tensor or channel"
        )
    scales = np.ravel(scale.constant).astype(np.float32)
    zeros = np.zeros(scales.size) if zero is None or zero.constant is None else np.ravel(zero.constant)
    axis = spelled.axis(spelled.attributes.get("axis", 0)) if scales.size > 1 else 0
    return Quantization(scales, zeros.astype(np.int32), axis)


def _quantize(spelled: Spelled) -> None:
    spelled.emit()
    spelled.writer.quantize(spelled.operation.outputs[0], _codes(spelled), spelled.operation)


def _dequantize(spelled: Spelled) -> None:
    writer, codes = spelled.writer, _codes(spelled)
    name = writer.name(spelled.operation.inputs[0])
    constant = writer.values[name].constant
    if constant is not None and writer.values[name].quantization is not None:
        name = writer.constant(name, constant)  # One constant may have a scale for each of its readers.
    writer.quantize(name, codes, spelled.operation)
    spelled.emit("DequantizeLinear", [name])


def _fourier(spelled: Spelled) -> None:
    axis = (
        spelled.numbers(2, "axis", "its axis") if spelled.call.opset >= 20 else [spelled.attributes["axis"]]
    )
    length = spelled.numbers(1, "dft_length", "its length")
    spelled.emit(
        axis=spelled.axis(int((axis or [-2])[0])),
        dft_length=None if length is None else int(length[0]),
        inverse=int(spelled.attributes["inverse"]),
        onesided=int(spelled.attributes["onesided"]),
    )


REDUCTIONS = ("L1", "L2", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
RULES: dict[str, Rule] = {
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "CastLike": _cast,
    "Clip": _clip,
    "Concat": _concat,
    "DFT": _fourier,
    "DequantizeLinear": _dequantize,
    "Dropout": _dropout,
    "Expand": _expand,
    "Flatten": _reshape,
    "Gather": _gather,
    "GlobalAveragePool": _global_pool,
    "GlobalMaxPool": _global_pool,
    "Identity": _same,
    "LayerNormalization": _layer_norm,
    "LogSoftmax": _softmax,
    "Max": _variadic("Max"),
    "Mean": _mean,
    "Min": _variadic("Min"),
    "Pad": _pad,
    "QuantizeLinear": _quantize,
    "Reshape": _reshape,
    "Slice": _slice,
    "Softmax": _softmax,
    "Split": _split,
    "Squeeze": _reshape,
    "Sum": _variadic("Add"),
    "Tile": _tile,
    "Transpose": _transpose,
    "Unsqueeze": _reshape,
    **{f"Reduce{kind}": _reduce for kind in REDUCTIONS},
    **WINDOWS,
    **RECURRENT,
}
"""How each operator is spelled, by its name in ONNX."""
