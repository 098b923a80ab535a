"""Discrete Fourier transforms along one axis, of real values or of complex ones."""

import numpy as np

from ossicle.audio.fourier import FACTORS, LONGEST, possible
from ossicle.graph.types import Attribute
from ossicle.importers.lower.arithmetic import unary
from ossicle.importers.lower.context import Context, rule
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle


@rule("DFT")
def _dft(context: Context, operation: Operation) -> None:
    """The last axis holds real and imaginary parts, or real parts alone."""
    attributes = operation.attributes
    x = np.moveaxis(context.place(operation.inputs[0]), attributes["axis"], -2)
    inverse, onesided = bool(attributes["inverse"]), bool(attributes["onesided"])
    real = x.shape[-1] == 1
    if onesided and real == inverse:
        what = "inverse transform of real values" if inverse else "transform of complex values"
        raise Obstacle.at(operation, f"it asks for one side of the {what}", "export it with onesided=0")
    given = x.shape[-2]
    n = attributes["dft_length"] or (2 * (given - 1) if onesided and inverse else given)
    halved = onesided or (real and not inverse)
    if not possible(n if halved and n % 2 == 0 else 2 * n):
        factors = ", ".join(map(str, FACTORS))
        raise Obstacle.at(
            operation,
            f"it transforms {n} values",
            f"give it a length that is a product of {factors}, up to {LONGEST // 2}",
        )
    if onesided and inverse:
        found = _transformed(context, operation, _cut(context, x, n // 2 + 1), "irfft", n)[..., None]
    elif halved and n % 2 == 0:
        found = _paired(_transformed(context, operation, _cut(context, x, n)[..., :1], "rfft", n))
        found = found if onesided else _whole(context, operation, found, n)
    else:
        pairs = _complex(context, _cut(context, x, n))
        found = _paired(_transformed(context, operation, pairs, "ifft" if inverse else "fft", n))
        found = found[..., : n // 2 + 1, :] if onesided else found
    context.put(operation.outputs[0], np.moveaxis(found, -2, attributes["axis"]))


def _transformed(
    context: Context, operation: Operation, values: np.ndarray, function: str, n: int
) -> np.ndarray:
    """What a node makes of ``(..., values, parts)``, the rows of which are the last two axes."""
    rows = values.reshape(-1, values.shape[-2] * values.shape[-1])
    x = context.builder.holding(rows, operation.name)
    size = len(rows) * {"rfft": n + 2, "irfft": n}.get(function, 2 * n)
    attributes: dict[str, Attribute] = {"function": function, "shape": (len(rows), n)}
    (y,) = context.builder.add("fourier", operation.name, {"x": x}, {"y": size}, {}, attributes)
    return y.reshape(*values.shape[:-2], -1)


def _paired(row: np.ndarray) -> np.ndarray:
    return row.reshape(*row.shape[:-1], -1, 2)


def _cut(context: Context, x: np.ndarray, count: int) -> np.ndarray:
    """So many values of each row: the first ones, and zeros behind them where there are fewer."""
    missing = max(0, count - x.shape[-2])
    zeros = _zeros(context, (*x.shape[:-2], missing, x.shape[-1]))
    return np.concatenate([x[..., :count, :], zeros], axis=-2)


def _complex(context: Context, x: np.ndarray) -> np.ndarray:
    """Real values with imaginary parts of 0; complex ones as they are."""
    return x if x.shape[-1] == 2 else np.concatenate([x, _zeros(context, x.shape)], axis=-1)


def _zeros(context: Context, shape: tuple[int, ...]) -> np.ndarray:
    return context.builder.addresses.add_constants(np.zeros(shape, np.float32))


def _whole(context: Context, operation: Operation, half: np.ndarray, n: int) -> np.ndarray:
    """All n values of the spectrum of a real signal: the others mirror the half of them."""
    mirrored = half[..., n // 2 - 1 : 0 : -1, :]
    turned = unary(context.builder, "neg", mirrored[..., 1], operation.name)
    return np.concatenate([half, np.stack([mirrored[..., 0], turned], axis=-1)], axis=-2)
