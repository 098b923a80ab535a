"""Activation functions that an export wrote out: SiLU, hard swish, GELU, PReLU."""

import math
from collections.abc import Sequence

from ossicle.importers.network import Network, Operation
from ossicle.importers.passes.search import Search, rewrite, single


def join_activations(network: Network) -> Network:
    """One operation for each activation function that was written out."""
    for find in (_prelu_by_choice, _prelu_by_sum, _hard_sigmoid, _swish, _gelu):
        network = rewrite(network, find)
    return network


def _prelu_by_choice(search: Search, operation: Operation) -> Sequence[Operation] | None:
    """``x > 0 ? x : a * x``, or the other way about."""
    if operation.op != "Where":
        return None
    condition = search.writer(operation.inputs[0], "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
    if condition is None or not search.is_number(condition.inputs[1], 0.0):
        return None
    x = condition.inputs[0]
    above, below = operation.inputs[1:]
    if condition.op.startswith("Less"):
        above, below = below, above
    product = search.with_constant(search.writer(below, "Mul"))
    if above != x or product is None or product[0] != x:
        return None
    return single(operation, "PRelu", (x, product[1]))


def _prelu_by_sum(search: Search, operation: Operation) -> Sequence[Operation] | None:
    """``relu(x) - a * relu(-x)``, as Keras exports it."""
    if operation.op != "Sub":
        return None
    relu, product = search.writer(operation.inputs[0], "Relu"), search.writer(operation.inputs[1], "Mul")
    found = search.with_constant(product)
    below = None if found is None else search.writer(found[0], "Relu")
    turned = None if below is None else search.writer(below.inputs[0], "Neg")
    if relu is None or found is None or turned is None or turned.inputs[0] != relu.inputs[0]:
        return None
    return single(operation, "PRelu", (relu.inputs[0], found[1]))


def _hard_sigmoid(search: Search, operation: Operation) -> Sequence[Operation] | None:
    """``clip(x + 3, 0, 6) / 6``."""
    if operation.op not in ("Mul", "Div"):
        return None
    found = search.with_constant(operation)
    share = 6.0 if operation.op == "Div" else 1 / 6
    if found is None or not search.is_number(found[1], share) or operation.inputs[0] != found[0]:
        return None
    x = _shifted(search, found[0])
    return None if x is None else single(operation, "HardSigmoid", (x,), {"alpha": 1 / 6, "beta": 0.5})


def _shifted(search: Search, value: str) -> str | None:
    """``x``, where a value is ``clip(x + 3, 0, 6)``."""
    clip = search.writer(value, "Clip")
    if clip is None or (clip.attributes.get("min"), clip.attributes.get("max")) != (0, 6):
        return None
    shift = search.with_constant(search.writer(clip.inputs[0], "Add"))
    return shift[0] if shift is not None and search.is_number(shift[1], 3.0) else None


def _swish(search: Search, operation: Operation) -> Sequence[Operation] | None:
    """``x * sigmoid(x)`` and ``x * hard_sigmoid(x)``; also ``x * clip(x + 3, 0, 6) / 6``."""
    if operation.op == "Div" and search.is_number(operation.inputs[1], 6.0):
        product = search.writer(operation.inputs[0], "Mul")
        for x, other in _both_ways(product):
            if _shifted(search, other) == x:
                return single(operation, "HardSwish", (x,))
    if operation.op != "Mul":
        return None
    for x, other in _both_ways(operation):
        gate = search.writer(other, "Sigmoid", "HardSigmoid")
        if gate is None or gate.inputs[0] != x:
            continue
        if gate.op == "Sigmoid":
            return single(operation, "Swish", (x,))
        if math.isclose(gate.attributes.get("alpha", 0.2), 1 / 6, rel_tol=1e-6):
            return single(operation, "HardSwish", (x,))
    return None


def _gelu(search: Search, operation: Operation) -> Sequence[Operation] | None:
    """``x / 2 * (1 + erf(x / sqrt(2)))``, in whatever order the three are multiplied."""
    if operation.op != "Mul":
        return None
    factors = _factors(search, operation, 2)
    halves = [value for value in factors if search.is_number(value, 0.5)]
    rest = [value for value in factors if not search.is_number(value, 0.5)]
    if len(halves) != 1 or len(rest) != 2:
        return None
    for x, other in (rest, rest[::-1]):
        one = search.with_constant(search.writer(other, "Add"))
        erf = None if one is None else search.writer(one[0], "Erf")
        if one is None or erf is None or not search.is_number(one[1], 1.0):
            continue
        inner = search.writer(erf.inputs[0], "Div", "Mul")
        scaled = search.with_constant(inner)
        if inner is None or scaled is None or scaled[0] != x:
            continue
        if search.is_number(scaled[1], math.sqrt(2) if inner.op == "Div" else math.sqrt(0.5)):
            return single(operation, "Gelu", (x,))
    return None


def _factors(search: Search, operation: Operation, depth: int) -> list[str]:
    """What a product, of products again, multiplies."""
    found: list[str] = []
    for value in operation.inputs:
        inner = search.writer(value, "Mul") if depth > 1 else None
        found += [value] if inner is None else _factors(search, inner, depth - 1)
    return found


def _both_ways(operation: Operation | None) -> list[tuple[str, str]]:
    """The two inputs of an operation in both orders; nothing where there is no operation."""
    if operation is None:
        return []
    left, right = operation.inputs
    return [(left, right), (right, left)]
