"""What a value is as a polynomial of others, whatever sums and products it was written with."""

from collections.abc import Collection, Mapping

from ossicle.importers.passes.search import Search

Polynomial = Mapping[tuple[str, ...], float]
"""Coefficients by what they multiply, sorted; the empty product is 1."""
LONGEST = 6
"""Terms of a polynomial that is still looked at."""
SAME_ORDER = ("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity")


def polynomial(search: Search, value: str, atoms: Collection[str] = ()) -> Polynomial:
    """A value in terms of those that are no sums, differences or products; of ``atoms`` at the latest."""
    value = source(search, value)
    number = search.number(value)
    if number is not None:
        return {(): number}
    writer = search.writer(value, "Add", "Sub", "Mul", "Neg")
    if writer is None or value in atoms:
        return {(value,): 1.0}
    parts = [polynomial(search, one, atoms) for one in writer.inputs]
    if writer.op == "Neg":
        return _sum({}, parts[0], -1.0)
    if writer.op != "Mul":
        found = _sum(parts[0], parts[1], -1.0 if writer.op == "Sub" else 1.0)
    else:
        found = {}
        for one, factor in parts[0].items():
            found = _sum(found, {tuple(sorted((*one, *two))): c for two, c in parts[1].items()}, factor)
    return found if len(found) <= LONGEST else {(value,): 1.0}


def source(search: Search, value: str) -> str:
    """The value that holds the same numbers in the same order, before anybody reshaped it."""
    writer = search.writer(value, *SAME_ORDER)
    return value if writer is None else source(search, writer.inputs[0])


def _sum(one: Polynomial, other: Polynomial, factor: float) -> Polynomial:
    found = dict(one)
    for product, coefficient in other.items():
        found[product] = found.get(product, 0.0) + factor * coefficient
    return {product: coefficient for product, coefficient in found.items() if coefficient}
