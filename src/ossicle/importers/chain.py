"""Two networks in a chain, as one: a mask for the spectrum of a frame, then samples from the masked samples.

DTLN is built so (Westhausen and Meyer 2020, arXiv 2005.07551). With a frame ``x`` of ``n`` samples::

    X = rfft(x)
    y = part2(irfft(X * part1(|X|)))

Each part has one input and one output besides its states. Its values have names of their own in the whole:
``part1/NAME`` and ``part2/NAME``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np

from ossicle.errors import OssicleError
from ossicle.importers.engines import Engine, Sizes
from ossicle.importers.network import Network, Operation, StatePair, Value

PARTS = 2
FRAME = "samples"
"""The name of the input of the whole."""
SPECTRUM, MAGNITUDES, MASK, MASKED = "spectrum", "magnitudes", "mask", "masked"
"""Names of values between the parts."""


def joined(parts: Sequence[Network]) -> Network:
    """The network of a chain; raises :class:`OssicleError` where its parts do not fit together."""
    first, second = (_renamed(part, number) for number, part in enumerate(parts, 1))
    (heard, mask), (masked, result) = _ends(first), _ends(second)
    count = _sizes_that_fit(heard, mask, masked)
    bins = count // 2 + 1
    shapes = {
        FRAME: masked.shape,
        f"{FRAME}/row": (1, count, 1),
        SPECTRUM: (1, bins, 2),
        MAGNITUDES: (1, bins),
        MASK: (1, bins, 1),
        MASKED: (1, bins, 2),
        f"{MASKED}/row": (1, count, 1),
    }
    one_side: dict[str, Any] = {"axis": 1, "onesided": 1}
    before = [
        _operation("Reshape", [FRAME], f"{FRAME}/row", shape=(1, count, 1)),
        _operation("DFT", [f"{FRAME}/row"], SPECTRUM, dft_length=count, inverse=0, **one_side),
        _operation("ReduceL2", [SPECTRUM], MAGNITUDES, axes=(2,), keepdims=0),
        _operation("Reshape", [MAGNITUDES], heard.name, shape=heard.shape),
    ]
    between = [
        _operation("Reshape", [mask.name], MASK, shape=(1, bins, 1)),
        _operation("Mul", [SPECTRUM, MASK], MASKED),
        _operation("DFT", [MASKED], f"{MASKED}/row", dft_length=count, inverse=1, **one_side),
        _operation("Reshape", [f"{MASKED}/row"], masked.name, shape=masked.shape),
    ]
    kept = [pair for part in (first, second) for pair in part.states]
    values = {name: Value(name, shape, "float32") for name, shape in shapes.items()}
    return Network(
        name=_shared_name([part.name for part in parts]),
        format=first.format,
        values={**values, **first.values, **second.values},
        operations=(*before, *first.operations, *between, *second.operations),
        inputs=(FRAME, *(pair.input for pair in kept)),
        outputs=(result.name, *(pair.output for pair in kept)),
        states=tuple(kept),
        notes=(*first.notes, *second.notes),
    )


def _shared_name(names: Sequence[str]) -> str:
    """What both names begin with, less a number; the first one where that is nothing."""
    letters = takewhile(lambda pair: len(set(pair)) == 1, zip(*names, strict=False))
    return "".join(letter for letter, _ in letters).rstrip("_-. 0123456789") or names[0]


def _operation(op: str, inputs: Sequence[str], output: str, **attributes: Any) -> Operation:
    return Operation(op, f"between parts, {output}", tuple(inputs), (output,), attributes)


def _own(number: int, name: str) -> str:
    """What a name of a part is in the whole; no name stays none."""
    return name and f"part{number}/{name}"


def _renamed(part: Network, number: int) -> Network:
    def own(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(_own(number, name) for name in names)

    return replace(
        part,
        values={_own(number, name): replace(of, name=_own(number, name)) for name, of in part.values.items()},
        operations=tuple(
            replace(of, name=_own(number, of.name), inputs=own(of.inputs), outputs=own(of.outputs))
            for of in part.operations
        ),
        inputs=own(part.inputs),
        outputs=own(part.outputs),
        states=tuple(
            StatePair(_own(number, pair.input), _own(number, pair.output), pair.how) for pair in part.states
        ),
    )


def _ends(part: Network) -> tuple[Value, Value]:
    """The input and the output of a part that are no states."""
    kept = {name for pair in part.states for name in (pair.input, pair.output)}
    inputs = [name for name in part.inputs if name not in kept]
    outputs = [name for name in part.outputs if name not in kept]
    if part.time_axes or len(inputs) != 1 or len(outputs) != 1:
        raise OssicleError(
            f"{part.name} has {len(inputs)} inputs and {len(outputs)} outputs; a part of a chain has one of "
            "each besides its states, for one frame: declare states with --state"
        )
    ends = part.values[inputs[0]], part.values[outputs[0]]
    if any(np.dtype(end.dtype).kind != "f" for end in ends):
        raise OssicleError(f"{part.name} takes or gives integers; export the parts of a chain in float")
    return ends


def _sizes_that_fit(heard: Value, mask: Value, masked: Value) -> int:
    """How many samples a frame has."""
    count = int(np.prod(masked.shape))
    sizes = tuple(int(np.prod(end.shape)) for end in (heard, mask))
    if count % 2 or sizes != (count // 2 + 1, count // 2 + 1):
        raise OssicleError(
            f"the second part takes {count} samples, and the first one takes {sizes[0]} values and gives "
            f"{sizes[1]}; it must take and give one for each of the {count // 2 + 1} bins: check the order"
        )
    return count


class ChainedEngines:
    """The engines of both parts, one after the other, as the engine of the whole."""

    def __init__(self, parts: Sequence[Network], engines: Sequence[Engine]) -> None:
        self.parts, self.engines = parts, engines
        self.name = " and ".join(dict.fromkeys(engine.name for engine in engines))
        numbered = list(enumerate(engines, 1))
        within = {_own(number, name) for number, one in numbered for name in one.watched}
        self.watched = frozenset({*within, _own(1, _ends(parts[0])[1].name)})
        sizes = {_own(number, name): size for number, one in numbered for name, size in one.inputs.items()}
        self.inputs: Sizes = {FRAME: _ends(parts[1])[0].shape, **sizes}

    def run(self, feeds: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """One frame; what is between the parts is computed in double precision."""
        (heard, mask), (masked, _) = map(_ends, self.parts)
        frame = np.asarray(feeds[FRAME], np.float64).reshape(-1)
        spectrum = np.fft.rfft(frame)
        found = self._run(1, feeds, {heard.name: np.abs(spectrum).reshape(heard.shape)})
        samples = np.fft.irfft(spectrum * found[_own(1, mask.name)].reshape(-1), frame.size)
        return found | self._run(2, feeds, {masked.name: samples.reshape(masked.shape)})

    def _run(self, number: int, feeds: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """What a part gives, by the names of the whole."""
        engine, prefix = self.engines[number - 1], f"part{number}/"
        states = {
            name.removeprefix(prefix): value for name, value in feeds.items() if name.startswith(prefix)
        }
        return {_own(number, name): array for name, array in engine.run({**states, **given}).items()}
