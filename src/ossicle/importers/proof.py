"""Compares an imported graph with its original: simulation and engine run side by side, step by step."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ossicle.errors import OssicleError
from ossicle.importers.engines import Engine
from ossicle.importers.lower import Lowered
from ossicle.importers.network import Network, Quantization, Value
from ossicle.importers.passes import has_integers
from ossicle.simulate import Simulator

STEPS = 100
DIFFERS_BELOW_DB = 60.0
"""Agreement below which a node computes something else; rounding of floats leaves 100 dB and more."""
CODES_DIFFER_BELOW_DB = 10.0
"""The same for integers, which another rule of rounding moves by one code here and there."""

Inputs = Mapping[str, np.ndarray]
"""Values of each input, ``(steps, *shape)``, in the type of the file."""


@dataclass(frozen=True)
class Agreement:
    """How far a value of the graph agrees with the original's, over all steps."""

    value: str
    node: str
    """That computes it in the file."""
    operator: str
    snr_db: float
    """Energy of the original's over that of the difference; infinite where they are equal."""
    equal: int
    """How many results are equal."""
    compared: int
    """Of how many."""


@dataclass(frozen=True)
class Proof:
    """What a comparison with the original found."""

    engine: str | None
    """None where nothing was compared."""
    steps: int
    outputs: tuple[Agreement, ...]
    nodes: tuple[Agreement, ...] = field(repr=False)
    """Of all values on the way that both can give, in the order of execution."""
    reason: str = ""
    """Why nothing was compared."""

    @property
    def snr_db(self) -> float | None:
        """Of the output that agrees least; None where nothing was compared."""
        return min((output.snr_db for output in self.outputs), default=None)

    def first_below(self, floor_db: float) -> Agreement | None:
        """The first value that agrees less than that with the original's."""
        return next((one for one in self.nodes if one.snr_db < floor_db), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a model's provenance; counts are None where nothing was compared."""
        known = self.engine is not None
        return {
            "engine": self.engine,
            "reason": self.reason,
            "steps": self.steps if known else None,
            "snr_db": self.snr_db if known and self.snr_db != math.inf else None,
            "equal_results": sum(output.equal for output in self.outputs) if known else None,
            "compared_results": sum(output.compared for output in self.outputs) if known else None,
        }


def unproven(reason: str) -> Proof:
    """What stands in the place of a comparison that was not made."""
    return Proof(None, 0, (), (), reason)


def prove(
    engine: Engine,
    network: Network,
    lowered: Lowered,
    inputs: Inputs,
    constants: Mapping[str, object],
) -> Proof:
    """Run the original and the graph of a network side by side.

    ``network`` is what was read, with its states; ``constants`` is what the engine gets for inputs that
    became constants. Raises :class:`OssicleError` at the first node that computes something else, unless the
    network has notes on what it does not keep.
    """
    makers = {name: operation for operation in network.operations for name in operation.outputs if name}
    sums = {
        name: _Sums(network.values[name], lowered)
        for name in (*makers, *network.outputs)
        if name in lowered.places and name in {*engine.watched, *network.outputs}
    }
    simulator, steps = Simulator(lowered.graph), 0
    given = [value for value in network.inputs if value in inputs]
    for original, feeds in original_steps(engine, network, inputs, constants):
        floats = [_real(feeds[name], network.values[name]).reshape(-1) for name in given]
        trace = simulator.trace(*floats)
        steps += 1
        for name in sums.keys() & original.keys():
            sums[name].add(original[name], trace)
    found = {
        name: sums[name].agreement(name, makers[name].name, makers[name].op)
        for name in makers
        if name in sums and sums[name].compared
    }
    proof = Proof(
        engine.name,
        steps,
        tuple(found[name] for name in network.outputs if name in found),
        tuple(found.values()),
    )
    floor_db = CODES_DIFFER_BELOW_DB if has_integers(network) else DIFFERS_BELOW_DB
    if differing := None if network.notes else proof.first_below(floor_db):
        raise OssicleError(
            f"node {differing.node!r} ({differing.operator}) computes something else than in {engine.name}: "
            f"{differing.snr_db:.1f} dB over {steps} steps; report this network, or import it with --steps 0"
        )
    return proof if proof.outputs else unproven(f"{engine.name} gives none of the outputs")


def original_steps(
    engine: Engine,
    network: Network,
    inputs: Inputs,
    constants: Mapping[str, object],
) -> Iterator[tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """What the engine gives in each step, and the inputs of that step; states are carried along.

    A network over a sequence runs once over all steps.
    """
    fixed = {name: value for name, value in constants.items() if name in engine.inputs}
    held = {
        pair.input: _start(network.values[pair.input])
        for pair in network.states
        if pair.input in engine.inputs
    }
    pairs = [pair for pair in network.states if pair.input in held]
    if network.time_axes:
        yield from _sequence(engine, network, inputs, {**fixed, **held})
        return
    for step in range(min(len(array) for array in inputs.values())):
        feeds = {name: array[step] for name, array in inputs.items()}
        found = engine.run({**feeds, **fixed, **held})
        yield found, feeds
        for pair in pairs:
            source, target = network.values[pair.output], network.values[pair.input]
            held[pair.input] = _carried(found[pair.output], source, target)


def _sequence(
    engine: Engine, network: Network, inputs: Inputs, others: Mapping[str, Any]
) -> Iterator[tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """One run over all steps, cut into them along the axis of time of each value.

    A file of a fixed length is run over that length; what is behind the steps are zeros, which a causal
    network does not see before.
    """
    axes = network.time_axes
    rows = {name: network.values[name].shape[axis] for name, axis in axes.items()}
    steps = min(len(array) for array in inputs.values())
    lengths = {}
    for name in inputs.keys() & axes:
        size = engine.inputs[name][axes[name]]
        steps = min(steps, size // rows[name]) if isinstance(size, int) else steps
        lengths[name] = size if isinstance(size, int) else steps * rows[name]
    whole = {
        name: _lengthened(np.concatenate(list(array[:steps]), axes[name]), axes[name], lengths[name])
        if name in lengths
        else array[0]
        for name, array in inputs.items()
    }
    found = {
        name: np.split(np.take(array, range(steps * rows[name]), axes[name]), steps, axes[name])
        for name, array in engine.run({**whole, **others}).items()
        if name in axes and array.shape[axes[name]] >= steps * rows[name]
    }
    for step in range(steps):
        yield (
            {name: parts[step] for name, parts in found.items()},
            {name: array[step] for name, array in inputs.items()},
        )


def _lengthened(array: np.ndarray, axis: int, length: int) -> np.ndarray:
    """With zeros at the end of an axis, up to a length."""
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, length - array.shape[axis])
    return np.pad(array, widths)


class _Sums:
    """Energies of a value and of its difference from the original's."""

    def __init__(self, value: Value, lowered: Lowered) -> None:
        self.value = value
        place = lowered.places[value.name]
        index = place.index.reshape(-1)
        self.moving, self.index = index >= 0, index[index >= 0]
        self.tensors = [(name, lowered.graph.tensors[name]) for name in place.tensors]
        self.signal = self.noise = 0.0
        self.equal = self.compared = 0

    def add(self, original: np.ndarray, trace: Mapping[str, np.ndarray]) -> None:
        """Compare a step; what the graph holds as constants is left out."""
        real = _real(original, self.value).reshape(-1)
        codes_of_floats = original.dtype.kind in "iu" and self.value.dtype == "float32"
        if not self.tensors or real.size != self.moving.size or codes_of_floats:
            return
        parts = [
            (trace[name].astype(np.float32) - t.zero_point) * np.float32(t.scale) for name, t in self.tensors
        ]
        ours, wanted = np.concatenate(parts)[self.index], real[self.moving]
        self.signal += float(np.square(wanted, dtype=np.float64).sum())
        self.noise += float(np.square(wanted.astype(np.float64) - ours).sum())
        self.equal += int((wanted == ours).sum())
        self.compared += wanted.size

    def agreement(self, value: str, node: str, operator: str) -> Agreement:
        """All steps together."""
        if not self.noise:
            snr = math.inf
        elif not math.isfinite(self.noise) or not self.signal:
            snr = -math.inf
        else:
            snr = 10 * math.log10(self.signal / self.noise)
        return Agreement(value, node, operator, snr, self.equal, self.compared)


def random_inputs(network: Network, steps: int) -> dict[str, np.ndarray]:
    """Normal noise whose level changes from step to step, as that of sound does; integers get codes of it."""
    rng = np.random.default_rng(0)
    kept = {pair.input for pair in network.states}
    levels = np.exp(rng.normal(-1.0, 1.0, steps)).clip(0.01, 2.0)
    found = {}
    for name in network.inputs:
        value = network.values[name]
        if name in kept:
            continue
        values = rng.normal(0.0, 1.0, (steps, *value.shape)) * levels.reshape(-1, *[1] * len(value.shape))
        if value.quantization is not None:
            lowest, highest = np.iinfo(value.dtype).min, np.iinfo(value.dtype).max
            values = np.rint((highest - lowest) / 4 * values + value.quantization.zero_point).clip(
                lowest, highest
            )
        found[name] = values.astype(value.dtype)
    return found


def check_inputs(network: Network, inputs: Inputs) -> None:
    """Raise :class:`OssicleError` where the inputs of a network are not all there, in their shapes."""
    kept = {pair.input for pair in network.states}
    for name in network.inputs:
        if name in kept:
            continue
        if name not in inputs:
            raise OssicleError(f"the steps to compare have no array {name!r}; give one for each input")
        shape, found = list(network.values[name].shape), list(inputs[name].shape)
        if found[1:] != shape or not found[0]:
            raise OssicleError(
                f"the steps to compare have {name!r} of the shape {found}; it must be steps of {shape}"
            )


def _real(array: np.ndarray, value: Value) -> np.ndarray:
    """The numbers that an engine's array stands for, float32."""
    if value.quantization is None or array.dtype.kind == "f":
        return array.astype(np.float32)
    scale, zero = _spread(value.quantization, array.ndim)
    real: np.ndarray = (array.astype(np.int64) - zero).astype(np.float32) * scale
    return real


def _spread(quantization: Quantization, rank: int) -> tuple[np.ndarray, np.ndarray]:
    shape = [1] * rank
    if rank and quantization.scale.size > 1:
        shape[quantization.axis] = quantization.scale.size
    return quantization.scale.reshape(shape), quantization.zero_point.reshape(shape)


def _start(value: Value) -> np.ndarray:
    """The state before the first step: zero, which is the zero point where it is quantized."""
    zero = 0 if value.quantization is None else value.quantization.zero_point.item()
    return np.full(value.shape, zero, value.dtype)


def _carried(array: np.ndarray, source: Value, target: Value) -> np.ndarray:
    """A state for the next step, on the scale that the input has."""
    one, other = source.quantization, target.quantization
    if one is None or other is None or (one.scale == other.scale and one.zero_point == other.zero_point):
        return array.reshape(target.shape)
    real = (array.astype(np.float64) - one.zero_point) * one.scale.astype(np.float64)
    codes: np.ndarray = np.rint(real / other.scale.astype(np.float64) + other.zero_point)
    limits = np.iinfo(target.dtype)
    codes = codes.clip(limits.min, limits.max).astype(target.dtype)
    return codes.reshape(target.shape)
