"""GRU and LSTM cells that an export took apart: how they are found.

What a cell computes is found as a polynomial of its gates, so it does not matter how the sums and products
were written. What its gates are functions of is found as linear forms, so neither does the order of the
gates, nor whether one product computed them or several, from ``x`` and ``h`` apart or joined.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.passes.linear import MOVEMENTS, PRODUCTS, Form, Linear, NotLinearError
from ossicle.importers.passes.polynomial import polynomial, source
from ossicle.importers.passes.search import Search


@dataclass(frozen=True)
class Cell:
    """A cell as it was found: what it reads and writes, and its gates' forms in the order of ONNX."""

    op: str
    states: tuple[str, ...]
    """h, or h and c, before the step."""
    outputs: tuple[str, ...]
    """And behind it."""
    inputs: Sequence[Form]
    """Forms of the gates, of what is not the state."""
    recurrent: Sequence[Form]
    """Forms of the gates, of the state."""


def find_cell(search: Search, operation: Operation, known: Collection[str]) -> Cell | None:
    """The cell whose hidden state an operation gives; ``known`` are the results of cells found before.

    Raises :class:`Obstacle` where a GRU resets its state before the product.
    """
    try:
        return _gru(search, operation, known) or _lstm(search, operation, known)
    except NotLinearError:
        return None


def _gru(search: Search, operation: Operation, known: Collection[str]) -> Cell | None:
    """``n - z n + z h``, or with ``1 - z`` in the place of ``z``."""
    if operation.op not in ("Add", "Sub"):
        return None
    terms = polynomial(search, operation.outputs[0], known)
    alone = [term[0] for term in terms if len(term) == 1]
    pairs = [term for term in terms if len(term) == 2]
    if len(terms) != 3 or len(alone) != 1 or len(pairs) != 2:
        return None
    common, first = set(pairs[0]) & set(pairs[1]), alone[0]
    if len(common) != 1 or not first:
        return None
    (gate,) = common
    other = next((name for term in pairs for name in term if name not in (gate, first)), "")
    if not other or terms[(first,)] != 1 or terms.get(tuple(sorted((gate, first)))) != -1:
        return None
    if terms.get(tuple(sorted((gate, other)))) != 1 or _activation(search, gate) != "Sigmoid":
        return None
    flipped = _activation(search, other) == "Tanh" and _activation(search, first) != "Tanh"
    new, state = (other, first) if flipped else (first, other)
    if _activation(search, new) != "Tanh":
        return None
    linear = Linear(search, state)
    update = linear.of(gate, "Sigmoid")
    if flipped:
        update = update.times(np.full(update.bias.size, -1.0))
    candidate = _candidate(search, linear, new)
    if candidate is None:
        return None
    reset, of_input, of_state = candidate
    gates = [update, linear.of(reset, "Sigmoid")]
    inputs = [*(_without(form, state) for form in gates), _without(of_input, state)]
    recurrent = [*(_only(form, state) for form in gates), _only(of_state, state, bias=True)]
    if state in of_input.matrices or set(of_state.matrices) - {state}:
        return None
    return Cell("GRU", (state,), (operation.outputs[0],), inputs, recurrent)


def _candidate(search: Search, linear: Linear, new: str) -> tuple[str, Form, Form] | None:
    """The reset gate, and the parts of the candidate that it does not and does multiply."""
    writer = search.writer(new, "Tanh")
    while writer is None:
        above = search.writer(new, *MOVEMENTS)
        if above is None:
            return None
        new = above.inputs[0]
        writer = search.writer(new, "Tanh")
    terms = polynomial(search, writer.inputs[0])
    gates = {
        name for term in terms if len(term) == 2 for name in term if _activation(search, name) == "Sigmoid"
    }
    if len(gates) != 1:
        _require_no_early_reset(search, writer.inputs[0], linear.state)
        return None
    (reset,) = gates
    parts: list[Form | None] = [None, None]
    for term, coefficient in terms.items():
        rest = [name for name in term if name != reset]
        if len(rest) != 1 or len(term) > 2:
            return None
        form = linear.of(rest[0])
        form = form.times(np.full(form.bias.size, coefficient))
        side = 1 if reset in term else 0
        before = parts[side]
        parts[side] = form if before is None else _plus(before, form)
    if parts[0] is None or parts[1] is None:
        return None
    return reset, parts[0], parts[1]


def _plus(one: Form, other: Form) -> Form:
    """The sum of two forms, of which the smaller repeats."""
    size = max(one.bias.size, other.bias.size)
    one, other = (form.rows(np.arange(size) % form.bias.size) for form in (one, other))
    return one.plus(other)


def _require_no_early_reset(search: Search, value: str, state: str) -> None:
    """Refuse a product that reads the state already multiplied by a gate."""
    pending, seen = [value], set[str]()
    while pending:
        value = pending.pop()
        writer = search.writer(value, *MOVEMENTS, *PRODUCTS, "Add")
        if writer is None or value in seen:
            continue
        seen.add(value)
        for one in writer.inputs:
            factor = search.writer(source(search, one), "Mul")
            names = set() if factor is None else {source(search, name) for name in factor.inputs}
            if state in names and any(_activation(search, name) == "Sigmoid" for name in names):
                raise Obstacle.at(
                    writer,
                    "it is of a GRU that resets its state before the product",
                    "train it with the reset after the product, as PyTorch does (Keras: reset_after=True)",
                )
        pending += [one for one in writer.inputs if one]


def _lstm(search: Search, operation: Operation, known: Collection[str]) -> Cell | None:
    """``o tanh(c')`` with ``c' = f c + i g``."""
    if operation.op != "Mul":
        return None
    terms = polynomial(search, operation.outputs[0], known)
    if len(terms) != 1 or len(next(iter(terms))) != 2:
        return None
    for output, squashed in (term := next(iter(terms)), term[::-1]):
        tanh = search.writer(squashed, "Tanh")
        if tanh is None or _activation(search, output) != "Sigmoid":
            continue
        cell = source(search, tanh.inputs[0])
        parts = polynomial(search, cell, known)
        found = _cell_parts(search, parts)
        if found is None:
            continue
        forget, before, entry, new = found
        state = _state_of(search, (output, forget, entry, new), before)
        if state is None:
            continue
        linear = Linear(search, state)
        gates = [linear.of(gate, "Sigmoid") for gate in (entry, output, forget)] + [linear.of(new, "Tanh")]
        inputs = [_without(form, state) for form in gates]
        recurrent = [_only(form, state) for form in gates]
        # ONNX: input, output, forget, cell.
        return Cell("LSTM", (state, before), (operation.outputs[0], cell), inputs, recurrent)
    return None


def _cell_parts(search: Search, terms: Mapping[tuple[str, ...], float]) -> tuple[str, str, str, str] | None:
    """Of ``f c + i g``: f, c, i and g."""
    if len(terms) != 2 or any(len(term) != 2 or of != 1 for term, of in terms.items()):
        return None
    kinds = [{_activation(search, name) or "": name for name in term} for term in terms]
    for old, fresh in (kinds, kinds[::-1]):
        if {"Sigmoid", "Tanh"} == set(fresh) and {"Sigmoid", ""} == set(old):
            return old["Sigmoid"], old[""], fresh["Sigmoid"], fresh["Tanh"]
    return None


def _state_of(search: Search, gates: Sequence[str], cell: str) -> str | None:
    """The hidden state: what all gates read, of the shape of the cell, kept from the step before."""
    size = int(np.prod(search.shape(cell)))
    reached = [_operands(search, gate) for gate in gates]
    common = [name for name in reached[0] if all(name in other for other in reached[1:])]
    ends = {pair.input: pair.output for pair in search.network.states}
    fitting = [name for name in common if int(np.prod(search.shape(name))) == size]
    # What a step before left is a state of the network, or cut out of one.
    kept = [name for name in fitting if _root(search, name) in ends] or fitting[:0]
    return kept[0] if len(kept) == 1 else None


def _operands(search: Search, value: str) -> list[str]:
    """What the products behind a gate read, whole and in parts."""
    found: list[str] = []
    pending, multiplied = [(value, False)], set[tuple[str, bool]]()
    while pending:
        value, inside = item = pending.pop()
        if item in multiplied or not value or search.constant(value) is not None:
            continue
        multiplied.add(item)
        if inside:
            found.append(source(search, value))
        writer = search.writer(value, *MOVEMENTS, *PRODUCTS, "Add", "Sigmoid", "Tanh")
        if writer is not None:
            pending += [(one, inside or writer.op in PRODUCTS) for one in writer.inputs]
    return list(dict.fromkeys(found))


def _root(search: Search, value: str) -> str:
    """The value that another is cut out of."""
    writer = search.writer(value, *MOVEMENTS)
    return value if writer is None or writer.op == "Concat" else _root(search, writer.inputs[0])


def _activation(search: Search, value: str) -> str | None:
    """The activation function that a value went through last, but for movements."""
    writer = search.writer(value, *MOVEMENTS, "Sigmoid", "Tanh")
    if writer is None or writer.op == "Concat":
        return None
    return _activation(search, writer.inputs[0]) if writer.op in MOVEMENTS else writer.op


def _without(form: Form, state: str) -> Form:
    return Form(form.bias, {leaf: of for leaf, of in form.matrices.items() if leaf != state})


def _only(form: Form, state: str, bias: bool = False) -> Form:
    kept = form.bias if bias else np.zeros_like(form.bias)
    return Form(kept, {state: form.matrices[state]} if state in form.matrices else {})
