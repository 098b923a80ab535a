"""Layer norms that an export wrote out."""

from collections.abc import Iterator, Sequence

import numpy as np

from ossicle.importers.network import Network, Operation, Value
from ossicle.importers.passes.search import Search, rewrite, single, with_values


def join_norms(network: Network) -> Network:
    """One ``LayerNormalization`` for each norm that was written out, over any axes.

    What is recognized is ``(x - mean) / sqrt(variance + epsilon)`` in its spellings. The scale and the offset
    behind it stay a product and a sum.
    """
    made: list[Value] = []
    network = rewrite(network, lambda search, operation: _norm(search, operation, made))
    return with_values(network, made)


def _norm(search: Search, operation: Operation, made: list[Value]) -> Sequence[Operation] | None:
    for value, variance, epsilon in _quotients(search, operation):
        difference = search.writer(value, "Sub")
        axes = None if difference is None else _centred(search, difference)
        if difference is None or axes is None or not _is_variance(search, variance, value, axes):
            continue
        return _over_axes(search, operation, difference.inputs[0], axes, epsilon, made)
    return None


def _quotients(search: Search, operation: Operation) -> Iterator[tuple[str, str, float]]:
    """``a``, ``b`` and ``epsilon`` where an operation may be ``a / sqrt(b + epsilon)``."""
    if operation.op == "Div":
        roots = [(operation.inputs[0], _rooted(search, operation.inputs[1], 0.5))]
    elif operation.op == "Mul":
        left, right = operation.inputs
        roots = [(a, _rooted(search, b, -0.5)) for a, b in ((left, right), (right, left))]
    else:
        return
    for value, rooted in roots:
        shift = None if rooted is None else search.with_constant(search.writer(rooted, "Add"))
        epsilon = None if shift is None else search.number(shift[1])
        if shift is not None and epsilon is not None:
            yield value, shift[0], epsilon


def _rooted(search: Search, value: str, exponent: float) -> str | None:
    """``x``, where a value is ``x`` to the power of 1/2 or -1/2."""
    power = search.writer(value, "Pow")
    if power is not None and search.is_number(power.inputs[1], exponent):
        return power.inputs[0]
    below = search.writer(value, "Reciprocal") if exponent < 0 else None
    root = search.writer(value if below is None else below.inputs[0], "Sqrt")
    return root.inputs[0] if root is not None and (below is not None) == (exponent < 0) else None


def _centred(search: Search, difference: Operation) -> tuple[int, ...] | None:
    """The axes, where an operation subtracts a mean over them from what it is the mean of."""
    mean = search.writer(difference.inputs[1], "ReduceMean")
    if mean is None or mean.inputs[0] != difference.inputs[0]:
        return None
    return _axes(search, mean)


def _is_variance(search: Search, value: str, difference: str, axes: tuple[int, ...]) -> bool:
    mean = search.writer(value, "ReduceMean")
    if mean is None or _axes(search, mean) != axes:
        return False
    square = search.writer(mean.inputs[0], "Pow", "Mul")
    if square is None or not _same(search, square.inputs[0], difference):
        return False
    if square.op == "Mul":
        return _same(search, square.inputs[1], difference)
    return search.is_number(square.inputs[1], 2.0)


def _same(search: Search, value: str, difference: str) -> bool:
    """Whether a value is this difference, or the same one computed again."""
    one, other = search.writer(value), search.writer(difference)
    if value == difference or one is None or other is None:
        return value == difference
    means = [search.writer(of.inputs[1], "ReduceMean") for of in (one, other) if of.op == "Sub"]
    if len(means) < 2 or means[0] is None or means[1] is None or one.inputs[0] != other.inputs[0]:
        return False
    return means[0].inputs == means[1].inputs and _axes(search, means[0]) == _axes(search, means[1])


def _axes(search: Search, reduction: Operation) -> tuple[int, ...] | None:
    """The axes of a reduction that keeps them; None where it does not."""
    rank = len(search.shape(reduction.inputs[0]))
    axes = reduction.attributes.get("axes")
    if not reduction.attributes.get("keepdims", 1):
        return None
    return tuple(sorted(axis % rank for axis in (range(rank) if axes is None else axes)))


def _over_axes(
    search: Search, operation: Operation, x: str, axes: tuple[int, ...], epsilon: float, made: list[Value]
) -> Sequence[Operation]:
    """A norm over any axes: where they are not the last ones, between two transposes."""
    shape = search.shape(x)
    order = [*(axis for axis in range(len(shape)) if axis not in axes), *axes]
    attributes = {"axis": len(shape) - len(axes), "epsilon": epsilon}
    if order == sorted(order):
        return single(operation, "LayerNormalization", (x, ""), attributes)
    turned, normed = (f"{operation.outputs[0]} ({what})" for what in ("turned", "normalized"))
    made += [Value(name, tuple(shape[axis] for axis in order), "float32") for name in (turned, normed)]
    back = {"perm": [int(axis) for axis in np.argsort(order)]}
    return [
        Operation("Transpose", operation.name, (x,), (turned,), {"perm": order}),
        Operation("LayerNormalization", operation.name, (turned, ""), (normed,), attributes),
        *single(operation, "Transpose", (normed,), back),
    ]
