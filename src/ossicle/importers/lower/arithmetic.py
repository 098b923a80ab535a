"""Elementwise nodes on values in any order: they compute in the order in which an operand lies."""

from collections.abc import Mapping, Sequence

import numpy as np

from ossicle.graph.types import Attribute
from ossicle.importers.lower.builder import Builder
from ossicle.importers.repetition import ANY, repetition

SPARE = 1 / 16
"""A tensor is computed as a whole if at most that share of it is not needed."""
COMMUTATIVE = ("add", "mul", "max", "min", "equal")


def settled(builder: Builder, index: np.ndarray, origin: str) -> tuple[str, np.ndarray]:
    """A tensor of the values that ``index`` has, and the place of each in it, of the shape of ``index``.

    A value that is there several times is there once in the tensor; a few others may be there too.
    """
    distinct = np.unique(index)
    place = builder.addresses.holder(distinct)
    if place is not None and place.size * (1 - SPARE) <= distinct.size:
        return place.name, index - place.start
    return builder.holding(distinct, origin), np.searchsorted(distinct, index)


def unary(
    builder: Builder,
    function: str,
    index: np.ndarray,
    origin: str,
    **numbers: float,
) -> np.ndarray:
    """A function of each value; returns the addresses of the results, of the shape of ``index``."""
    x, places = settled(builder, index, origin)
    size = builder.tensors[x].size
    (y,) = builder.add("unary", origin, {"x": x}, {"y": size}, {}, {"function": function, **numbers})
    found: np.ndarray = y[places]
    return found


def with_slope(builder: Builder, index: np.ndarray, slope: np.ndarray, origin: str) -> np.ndarray:
    """PReLU: ``x`` where it is positive, ``slope * x`` elsewhere."""
    x, places, (inner, table) = beside(builder, index, [slope], origin)
    attributes: Mapping[str, Attribute] = {"function": "prelu", "inner": inner}
    size = {"y": builder.tensors[x].size}
    (y,) = builder.add("unary", origin, {"x": x}, size, {"slope": table[0]}, attributes)
    found: np.ndarray = y[places]
    return found


def affine(
    builder: Builder, index: np.ndarray, scale: np.ndarray | float, offset: np.ndarray | float, origin: str
) -> np.ndarray:
    """``x * scale + offset`` with constants that broadcast to the shape of ``index``.

    Times 1 plus 0, as exports write to keep a value, is the value.
    """
    if np.all(np.equal(scale, 1)) and np.all(np.equal(offset, 0)):
        return index
    x, places, (inner, table) = beside(builder, index, [np.asarray(scale), np.asarray(offset)], origin)
    constants = {"scale": table[0], "offset": table[1]}
    size = {"y": builder.tensors[x].size}
    (y,) = builder.add("affine", origin, {"x": x}, size, constants, {"inner": inner})
    found: np.ndarray = y[places]
    return found


def beside(
    builder: Builder, index: np.ndarray, constants: Sequence[np.ndarray], origin: str
) -> tuple[str, np.ndarray, tuple[int, np.ndarray]]:
    """A tensor that holds the values of ``index``, their places, and constants that go with them.

    The constants broadcast to the shape of ``index``. They are returned as a table ``(constants, p)`` and
    ``inner``: value ``i`` of the tensor goes with the entries ``(i // inner) % p``. A value that is there
    several times, beside other constants each time, is there several times in the tensor.
    """
    wide = [np.broadcast_to(np.float32(constant), index.shape).reshape(-1) for constant in constants]
    columns, codes = np.unique(np.stack(wide), axis=1, return_inverse=True)
    codes = codes.reshape(-1)
    x, places = settled(builder, index.reshape(-1), origin)
    needed = np.full(builder.tensors[x].size, ANY)
    needed[places] = codes
    if (needed[places] != codes).any():
        x, places, needed = builder.holding(index, origin), np.arange(index.size), codes
    inner, entries = repetition(needed)
    return x, places.reshape(index.shape), (inner, columns[:, entries])


def binary(builder: Builder, function: str, a: np.ndarray, b: np.ndarray, origin: str) -> np.ndarray:
    """A function of two values each, which broadcast; returns addresses of the results."""
    a, b = np.broadcast_arrays(a, b)
    if function in COMMUTATIVE and not _fills(builder, a) and (_fills(builder, b) or _repeats(a)):
        a, b = b, a
    shape, a, b = a.shape, a.reshape(-1), b.reshape(-1)
    if _repeats(a):
        place = builder.addresses.holder(b)
        order = np.argsort(b, kind="stable") if place and not _repeats(b) else np.arange(a.size)
        first, places = builder.holding(a[order], origin), np.argsort(order)
    else:
        first, places = settled(builder, a, origin)
    other = np.full(builder.tensors[first].size, ANY)
    other[places] = b
    inner, entries = repetition(other)
    ports = {"a": first, "b": builder.holding(entries, origin)}
    size = {"y": builder.tensors[first].size}
    (y,) = builder.add("binary", origin, ports, size, {}, {"function": function, "inner": inner})
    return y[places].reshape(shape)


def select(builder: Builder, chosen: np.ndarray, a: np.ndarray, b: np.ndarray, origin: str) -> np.ndarray:
    """``a`` where ``chosen`` is not 0, ``b`` elsewhere; they broadcast."""
    parts = [part.reshape(-1) for part in np.broadcast_arrays(chosen, a, b)]
    shape = np.broadcast_shapes(chosen.shape, a.shape, b.shape)
    lying = next((part for part in parts if _fills(builder, part)), None)
    order = np.arange(parts[0].size) if lying is None else np.argsort(lying)
    ports = {port: builder.holding(part[order], origin) for port, part in zip("cab", parts, strict=True)}
    (y,) = builder.add("select", origin, ports, {"y": order.size})
    return y[np.argsort(order)].reshape(shape)


def _repeats(index: np.ndarray) -> bool:
    return np.unique(index).size < index.size


def _fills(builder: Builder, index: np.ndarray) -> bool:
    """Whether these are all values of a tensor, each once."""
    place = builder.addresses.holder(index)
    return place is not None and place.size == index.size and not _repeats(index)
