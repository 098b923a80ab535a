"""From an ONNX file to a network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.errors import OssicleError
from ossicle.importers.network import Network, Operation, Value
from ossicle.importers.obstacle import collected, fitting
from ossicle.importers.onnx.file import File, load
from ossicle.importers.onnx.inputs import Input, input_names, read_inputs
from ossicle.importers.onnx.nodes import defaults_of
from ossicle.importers.onnx.plain import Call, Spelled, Writer
from ossicle.importers.onnx.spellings import RULES
from ossicle.importers.onnx.unfold import Unfolding
from ossicle.importers.reading import Choices, Reading

NATIVE = (
    *RULES,
    "DepthToSpace",
    "Elu",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "Mish",
    "PRelu",
    "Relu",
    "Softplus",
    "SpaceToDepth",
    "Swish",
)
"""Operators that stay, although ONNX also defines them by simpler ones."""
LONGER = 61
"""A length of a sequence beside that of one step; no size of a network is likely to be it."""


def read_onnx(path: Path, choices: Choices = Choices()) -> Reading:  # noqa: B008 - frozen
    """The network of an ONNX file.

    Raises :class:`OssicleError` where the file itself cannot be read; what stands in the way at single nodes
    is collected.
    """
    file = load(path)
    choices = choices.of(input_names(file.model.graph))
    inputs = read_inputs(file.model.graph, choices)
    reading = _read(file, inputs, choices, choices.frames)
    if reading.obstacles or not any(one.open_axes() for one in inputs if one.name not in choices.constants):
        return reading
    longer = _read(file, inputs, choices, LONGER * choices.frames)
    if longer.obstacles:
        return reading
    times = _times(reading.network, longer.network)
    return replace(reading, network=replace(reading.network, time_axes=times))


def _read(file: File, inputs: Sequence[Input], choices: Choices, length: int) -> Reading:
    """The network with sequences of that length."""
    given = {one.name: one.value(length, choices.constants.get(one.name)) for one in inputs}
    unfolded = Unfolding(file, given, NATIVE)
    known = {name: value for name, value in unfolded.values.items() if value is not None}
    outputs = [output.name for output in file.model.graph.output]
    read = {name for call in unfolded.calls for name in call.operation.inputs}
    read.update(unfolded.scope[name] for name in outputs if name in unfolded.scope)
    writer, obstacles = Writer(known, frozenset(read)), [*unfolded.obstacles]
    for call in unfolded.calls:
        with collected(obstacles), fitting(call.operation.name, call.operation.op):
            _write(call, writer)
    ends = {name: unfolded.scope[name] for name in outputs if unfolded.scope.get(name) in known}
    if missing := [name for name in outputs if name not in unfolded.scope]:
        raise OssicleError(f"{file.path}: nothing writes the output {missing[0]!r}; export it again")
    if empty := [name for name, value in ends.items() if 0 in known[value].shape]:
        raise OssicleError(f"{file.path}: the output {empty[0]!r} holds no values; export it without")
    _name_outputs(writer, ends, given)
    needed = _needed(writer.operations, ends)
    free = tuple(name for name, value in given.items() if value.constant is None)
    values = _values(writer.values, [*free, *ends], needed)
    network = Network(file.path.stem, "onnx", values, tuple(needed), free, tuple(ends), notes=unfolded.notes)
    return Reading(network, tuple(obstacles), choices)


def _write(call: Call, writer: Writer) -> None:
    """Write an operation in the one spelling."""
    defaults = defaults_of(call.operation.op, call.opset)
    operation = replace(call.operation, inputs=tuple(map(writer.name, call.operation.inputs)))
    spelled = Spelled(replace(call, operation=operation), {**defaults, **operation.attributes}, writer)
    rule = RULES.get(operation.op)
    if rule is not None:
        rule(spelled)
    else:
        writer.emit(operation.op, operation.name, operation.inputs, operation.outputs, **spelled.attributes)


def _name_outputs(writer: Writer, ends: Mapping[str, str], given: Mapping[str, Value]) -> None:
    """Give each output of the network its name in the file; one that is no result of its own is copied."""
    renamed: dict[str, str] = {}
    for output, name in ends.items():
        found = writer.name(name)
        if found == output:
            continue
        if found in given or found in renamed or found in ends or writer.values[found].constant is not None:
            writer.values[output] = replace(writer.values[found], name=output, constant=None)
            writer.operations.append(Operation("Identity", output, (found,), (output,), {}))
        else:
            renamed[found] = output
            writer.values[output] = replace(writer.values[found], name=output)
    writer.operations[:] = [
        replace(
            operation,
            inputs=tuple(renamed.get(name, name) for name in operation.inputs),
            outputs=tuple(renamed.get(name, name) for name in operation.outputs),
        )
        for operation in writer.operations
    ]


def _needed(operations: Sequence[Operation], outputs: Mapping[str, str]) -> list[Operation]:
    """The operations that some output depends on; outputs that nobody reads are absent."""
    wanted, kept = set(outputs), list[Operation]()
    for operation in reversed(operations):
        if wanted.intersection(operation.outputs):
            used = tuple(name if name in wanted else "" for name in operation.outputs)
            kept.append(replace(operation, outputs=used))
            wanted.update(operation.inputs)
    return kept[::-1]


def _values(
    values: Mapping[str, Value], ends: Sequence[str], operations: Sequence[Operation]
) -> dict[str, Value]:
    """The values that are left, all floats as float32."""
    names = [*ends, *(name for operation in operations for name in (*operation.inputs, *operation.outputs))]
    return {name: _single(values[name]) for name in dict.fromkeys(names) if name}


def _single(value: Value) -> Value:
    """A value of floats in float32, however wide they are in the file."""
    if np.dtype(value.dtype).kind in "iub":
        return value
    constant = value.constant
    return replace(value, dtype="float32", constant=None if constant is None else constant.astype(np.float32))


def _times(step: Network, longer: Network) -> dict[str, int]:
    """The axis of each value whose size differs between one step and a longer sequence."""
    found = {}
    for name, value in step.values.items():
        other = longer.values.get(name)
        if other is None or len(other.shape) != len(value.shape):
            continue
        pairs = enumerate(zip(value.shape, other.shape, strict=True))
        differing = [axis for axis, (size, long) in pairs if size != long]
        if len(differing) == 1:
            found[name] = differing[0]
    return found
