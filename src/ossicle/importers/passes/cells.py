"""GRU and LSTM cells that an export took apart become one operation again."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ossicle.importers.network import Network, Operation, Value
from ossicle.importers.passes.find_cells import Cell, find_cell
from ossicle.importers.passes.linear import Form
from ossicle.importers.passes.search import Search, with_values, without_unread

LARGEST_GROWTH = 2
"""How many times as many weights a cell may have as the file had for it, where factors are multiplied out."""


def join_cells(network: Network) -> Network:
    """One ``GRU`` or ``LSTM`` for each cell that was taken apart.

    Raises :class:`Obstacle` where a GRU resets its state before the product.
    """
    search = Search.of(network)
    made: dict[str, Sequence[Operation]] = {}
    values: list[Value] = []
    known: set[str] = set()
    for operation in network.operations:
        cell = find_cell(search, operation, known)
        operations = None if cell is None else _built(search, operation, cell, values)
        if cell is not None and operations is not None:
            made |= {output: () for output in cell.outputs}
            made[cell.outputs[0]] = operations
            known |= set(cell.outputs)
    if not made:
        return network
    operations = []
    for operation in network.operations:
        operations += made.get(operation.outputs[0], [operation])
    network = with_values(replace(network, operations=tuple(operations)), values)
    return without_unread(_in_order(network))


def _built(search: Search, operation: Operation, cell: Cell, values: list[Value]) -> list[Operation] | None:
    """The operations in the place of a cell; None where it is none, or its weights would grow too much."""
    state = cell.states[0]
    hidden = search.shape(cell.outputs[0])[-1]
    rows = int(np.prod(search.shape(state))) // hidden
    leaves = list(dict.fromkeys(leaf for form in cell.inputs for leaf in form.matrices))
    weight = [_shared(form, leaves, search, rows, hidden) for form in cell.inputs]
    recurrence = [_shared(form, [state], search, rows, hidden) for form in cell.recurrent]
    if any(part is None for part in (*weight, *recurrence)) or not leaves:
        return None
    stacked = [
        np.concatenate([part[0] for part in parts if part is not None]) for parts in (weight, recurrence)
    ]
    if sum(part.size for part in stacked) > LARGEST_GROWTH * _weights(search, cell):
        return None
    bias = np.concatenate([part[1] for part in (*weight, *recurrence) if part is not None])
    name = operation.outputs[0]
    constants = {
        f"{name} ({what})": array[None].astype(np.float32)
        for what, array in (("weight", stacked[0]), ("recurrence", stacked[1]), ("bias", bias))
    }
    values += [Value(key, array.shape, "float32", array) for key, array in constants.items()]
    columns = stacked[0].shape[1]
    made, inputs = [], []
    for leaf in leaves:
        made.append(
            _reshaped(leaf, f"{name} ({leaf})", (1, rows, int(np.prod(search.shape(leaf))) // rows), values)
        )
        inputs.append(made[-1].outputs[0])
    x = inputs[0]
    if len(inputs) > 1:
        x = f"{name} (x)"
        values.append(Value(x, (1, rows, columns), "float32"))
        made.append(Operation("Concat", operation.name, tuple(inputs), (x,), {"axis": 2}))
    starts = []
    for old in cell.states:
        made.append(_reshaped(old, f"{name} ({old} before)", (1, rows, hidden), values))
        starts.append(made[-1].outputs[0])
    ends = tuple(f"{name} (state {number})" for number in range(len(cell.states)))
    values += [Value(end, (1, rows, hidden), "float32") for end in ends]
    attributes = {"direction": "forward", "hidden_size": hidden, "linear_before_reset": 1}
    made.append(Operation(cell.op, operation.name, (x, *constants, "", *starts), ("", *ends), attributes))
    for end, output in zip(ends, cell.outputs, strict=True):
        made.append(Operation("Reshape", operation.name, (end,), (output,), {"shape": search.shape(output)}))
    return made


def _reshaped(value: str, name: str, shape: tuple[int, ...], values: list[Value]) -> Operation:
    values.append(Value(name, shape, "float32"))
    return Operation("Reshape", name, (value,), (name,), {"shape": shape})


def _shared(
    form: Form, leaves: Sequence[str], search: Search, rows: int, hidden: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """The weight ``(hidden, columns)`` and the bias that all rows share; None where they do not."""
    blocks = []
    size = rows * hidden
    form = form.rows(np.arange(size) % form.bias.size) if form.bias.size < size else form
    for leaf in leaves:
        columns = int(np.prod(search.shape(leaf)))
        if columns % rows or form.bias.size != size:
            return None
        whole = form.matrices.get(leaf, np.zeros((size, columns))).reshape(rows, hidden, rows, -1)
        block = whole[0, :, 0]
        expected = np.einsum("rs,hc->rhsc", np.eye(rows), block)
        if not np.allclose(whole, expected, rtol=0, atol=0):
            return None
        blocks.append(block)
    bias = form.bias.reshape(rows, hidden)
    return (np.concatenate(blocks, axis=1), bias[0]) if (bias == bias[0]).all() else None


def _weights(search: Search, cell: Cell) -> int:
    """Numbers of the constants that the products behind a cell's outputs have in the file."""
    stops = {*cell.states, *(leaf for form in cell.inputs for leaf in form.matrices)}
    pending, seen, total = list(cell.outputs), set[str](), 0
    while pending:
        value = pending.pop()
        if value in seen or value in stops or not value:
            continue
        seen.add(value)
        constant = search.constant(value)
        total += 0 if constant is None else constant.size
        writer = search.writer(value)
        pending += [] if writer is None else writer.inputs
    return total


def _in_order(network: Network) -> Network:
    """The operations so that each comes after what it reads."""
    waiting, known = list(network.operations), {*network.inputs}
    known |= {name for name, value in network.values.items() if value.constant is not None}
    written = {name for operation in waiting for name in operation.outputs if name}
    order: list[Operation] = []
    while waiting:
        ready = [
            one
            for one in waiting
            if all(not name or name in known or name not in written for name in one.inputs)
        ]
        for operation in ready:
            known |= set(operation.outputs)
        order += ready
        chosen = {id(one) for one in ready}
        waiting = [one for one in waiting if id(one) not in chosen]
        assert ready, "a joined cell reads what it writes"
    return replace(network, operations=tuple(order))
