"""Loops whose number of turns is known before the network runs, as their bodies one after another.

Keras writes a recurrent layer over few steps as a ``WHILE`` that counts from a constant to a constant, and
keeps its results in an array of which each turn replaces a row. What only depends on constants is computed
here: the counters, and where that row lies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ossicle.importers.tflite.model import OperatorRecord, Subgraph, TensorRecord
from ossicle.importers.tflite.translation import UNFIT

MOST_TURNS = 64
MOST_OPERATORS = 20_000
MOST_VALUES = 2**16
"""Of a constant that is computed."""
DEEPEST = 4
"""Loops within one another."""

Folding = Callable[[Sequence[np.ndarray], Mapping[str, Any]], np.ndarray]


def _of_counters(function: Callable[..., np.ndarray]) -> Folding:
    return lambda values, options: function(*values)


COUNTERS: Mapping[str, Folding] = {
    "ADD": _of_counters(np.add),
    "EQUAL": _of_counters(np.equal),
    "GREATER": _of_counters(np.greater),
    "GREATER_EQUAL": _of_counters(np.greater_equal),
    "LESS": _of_counters(np.less),
    "LESS_EQUAL": _of_counters(np.less_equal),
    "LOGICAL_AND": _of_counters(np.logical_and),
    "MAXIMUM": _of_counters(np.maximum),
    "MINIMUM": _of_counters(np.minimum),
    "MUL": _of_counters(np.multiply),
    "SUB": _of_counters(np.subtract),
}
"""What is computed of constants that are whole numbers or truths."""
MOVEMENT: Mapping[str, Folding] = {
    "CONCATENATION": lambda values, options: np.concatenate(values, options.get("Axis", 0)),
    "GATHER": lambda values, options: np.take(values[0], values[1], options.get("Axis", 0)),
    "RESHAPE": lambda values, options: values[0].reshape(values[1]),
    "SLICE": lambda values, options: values[0][_cuts(values[1], values[2])],
}
"""What is computed of any constants."""


def without_loops(graphs: Sequence[Subgraph]) -> Subgraph:
    """The main subgraph without the loops whose turns are known."""
    main = graphs[0]
    if not any(operator.kind == "WHILE" for operator in main.operators):
        return main
    unrolled = _Unrolled(graphs)
    try:
        unrolled.walk(main, {index: index for index in range(len(main.tensors))})
    except (_EndlessError, *UNFIT):
        return main
    return replace(main, tensors=tuple(unrolled.tensors), operators=tuple(unrolled.operators))


class _EndlessError(Exception):
    """A loop whose turns are not known, or are too many."""


class _Unrolled:
    """Collects the tensors and operators of a main subgraph in which loops are unrolled."""

    def __init__(self, graphs: Sequence[Subgraph]) -> None:
        self.graphs = graphs
        self.tensors: list[TensorRecord] = [*graphs[0].tensors]
        self.operators: list[OperatorRecord] = []
        self.depth = 0

    def walk(self, graph: Subgraph, place: Mapping[int, int]) -> None:
        """Append the operators of a subgraph, whose tensors have these places in the whole."""

        def places(indices: Sequence[int]) -> tuple[int, ...]:
            return tuple(place.get(index, index) for index in indices)

        for operator in graph.operators:
            self._add(
                replace(
                    operator,
                    inputs=places(operator.inputs),
                    outputs=places(operator.outputs),
                    intermediates=places(operator.intermediates),
                )
            )

    def _add(self, operator: OperatorRecord) -> None:
        if operator.kind == "WHILE":
            self._loop(operator)
            return
        known = [self.tensors[index].values if index >= 0 else None for index in operator.inputs]
        if (folded := _folded(operator, known)) is not None:
            self._become(operator.outputs[0], folded)
        elif operator.kind == "SLICE" and known[1] is not None and known[2] is not None:
            self._slice(operator, known[1], known[2])
        elif operator.kind == "CONCATENATION":
            self._concatenate(operator)
        else:
            self._append(operator)

    def _append(self, operator: OperatorRecord) -> None:
        if len(self.operators) == MOST_OPERATORS:
            raise _EndlessError
        self.operators.append(operator)

    def _become(self, index: int, values: np.ndarray) -> None:
        """Make a constant of a tensor."""
        values = np.ascontiguousarray(values, self.tensors[index].dtype)
        self.tensors[index] = replace(self.tensors[index], shape=values.shape, signature=(), values=values)

    def _shape(self, index: int, shape: Sequence[int]) -> None:
        """Say which shape a tensor has; in the file that of a part of an array is open."""
        self.tensors[index] = replace(self.tensors[index], shape=tuple(shape), signature=())

    def _slice(self, operator: OperatorRecord, begin: np.ndarray, sizes: np.ndarray) -> None:
        whole, (output,) = self.tensors[operator.inputs[0]].shape, operator.outputs
        shape = [len(range(size)[cut]) for size, cut in zip(whole, _cuts(begin, sizes), strict=True)]
        if 0 in shape:
            self._become(output, np.zeros(shape))
        else:
            self._shape(output, shape)
            self._append(operator)

    def _concatenate(self, operator: OperatorRecord) -> None:
        """Parts without values are left out."""
        parts = [index for index in operator.inputs if 0 not in self.tensors[index].shape]
        (output,), axis = operator.outputs, operator.options.get("Axis", 0)
        if len(parts) == 1:
            self._give(parts[0], output)
            return
        shape = [*self.tensors[parts[0]].shape]
        shape[axis] = sum(self.tensors[index].shape[axis] for index in parts)
        self._shape(output, shape)
        self._append(replace(operator, inputs=tuple(parts)))

    def _give(self, index: int, output: int) -> None:
        """Let a tensor be what another one is."""
        source = self.tensors[index]
        if source.values is not None:
            self._become(output, source.values)
            return
        self._shape(output, source.shape)
        self._append(OperatorRecord("RESHAPE", (index,), (output,), (), {}))

    def _loop(self, operator: OperatorRecord) -> None:
        """The turns of a loop; the loop itself where they are not known."""
        before = [*self.tensors], [*self.operators]
        self.depth += 1
        try:
            for source, output in zip(self._turns(operator), operator.outputs, strict=True):
                self._give(source, output)
        except (_EndlessError, *UNFIT):
            self.tensors, self.operators = before
            self._append(operator)
        finally:
            self.depth -= 1

    def _turns(self, operator: OperatorRecord) -> Sequence[int]:
        """Append the turns of a loop; returns the places of what it leaves."""
        condition, body = (operator.options.get(f"{of}SubgraphIndex", 0) for of in ("Cond", "Body"))
        if self.depth > DEEPEST or not all(0 < index < len(self.graphs) for index in (condition, body)):
            raise _EndlessError
        held: Sequence[int] = operator.inputs
        for _ in range(MOST_TURNS):
            count = len(self.operators)
            (answer,) = self._call(self.graphs[condition], held)
            del self.operators[count:]
            again = self.tensors[answer].values
            if again is None:
                raise _EndlessError
            if not again.all():
                return held
            held = self._call(self.graphs[body], held)
        raise _EndlessError

    def _call(self, graph: Subgraph, given: Sequence[int]) -> Sequence[int]:
        """Append a subgraph that reads these tensors; returns those that it gives."""
        place = dict(zip(graph.inputs, given, strict=True))
        for index, tensor in enumerate(graph.tensors):
            if index not in place:
                place[index] = len(self.tensors)
                self.tensors.append(tensor)
        self.walk(graph, place)
        return [place[index] for index in graph.outputs]


def _cuts(begin: np.ndarray, sizes: np.ndarray) -> tuple[slice, ...]:
    ends = zip(begin.tolist(), sizes.tolist(), strict=True)
    return tuple(slice(first, None if size < 0 else first + size) for first, size in ends)


def _folded(operator: OperatorRecord, known: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """What an operator gives for constants; None where its inputs are none, or it is not computed here."""
    values = [each for each in known if each is not None]
    if len(values) < len(known) or sum(each.size for each in values) > MOST_VALUES:
        return None
    if operator.kind in COUNTERS and all(each.dtype.kind in "iub" for each in values):
        return COUNTERS[operator.kind](values, operator.options)
    return MOVEMENT[operator.kind](values, operator.options) if operator.kind in MOVEMENT else None
