"""From a file of another format to a graph, stage after stage, and what is found on the way."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.graph.task import End, Ends, Task
from ossicle.importers.chain import PARTS, ChainedEngines, joined
from ossicle.importers.engines import Engine, NoEngineError, open_engine
from ossicle.importers.formats import read
from ossicle.importers.lower import Lowered, lower
from ossicle.importers.lower.survey import survey
from ossicle.importers.network import Network
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.passes import simplified
from ossicle.importers.passes.float_ends import with_float_ends
from ossicle.importers.passes.streaming import by_steps, frames_a_step
from ossicle.importers.passes.wide import widen
from ossicle.importers.proof import Proof, check_inputs, prove, random_inputs, unproven
from ossicle.importers.reading import Choices
from ossicle.importers.states import pair_states
from ossicle.numerics.fixed_point import Rounding


@dataclass(frozen=True)
class Prepared:
    """A network as its file has it, and the one of a step that becomes a graph."""

    original: Network
    """With the states that the file passes in and out."""
    step: Network
    """With all states, and in the operators that it is lowered from."""
    choices: Choices


@dataclass(frozen=True)
class Imported:
    """A model that was made of a file, and how far it agrees with the original."""

    model: Model
    proof: Proof


@dataclass(frozen=True)
class Survey:
    """What a file holds, as far as it can be understood, and all that stands in the way of its import."""

    network: Network
    obstacles: tuple[str, ...]
    """A sentence each."""


def import_files(
    paths: Sequence[Path],
    task_for: Callable[[Ends], Task],
    choices: Choices,
    states: Mapping[str, str],
    rounding: Rounding,
    steps: int,
    inputs: Mapping[str, np.ndarray] | None = None,
    variables: Collection[str] = frozenset(),
) -> Imported:
    """The model of a file, compared with the original over ``steps`` steps, of ``inputs`` or of noise.

    Two files are the parts of a chain (:mod:`ossicle.importers.chain`).
    ``task_for`` gives the task of a network with such ends.
    ``rounding`` is that of a network of integers; ``variables`` are names that the C of platforms has itself.
    Raises :class:`OssicleError` where the file cannot be read, at an operator that cannot be imported, and
    where the graph computes something else than the original.
    """
    parts = _parts(paths, choices, states)
    prepared = parts[0] if len(parts) == 1 else _chained(parts)
    lowered = lower(prepared.step, task_for(ends_of(prepared.step)), rounding, variables)
    proof = _prove(paths, parts, prepared, lowered, steps, inputs)
    return Imported(Model(lowered.graph, provenance=_provenance(paths, prepared, lowered, proof)), proof)


def _parts(paths: Sequence[Path], choices: Choices, states: Mapping[str, str]) -> list[Prepared]:
    """Each file; of several, states go to those that have inputs of their names."""
    if len(paths) == 1:
        return [prepare(paths[0], choices, states)]
    if len(paths) != PARTS:
        raise OssicleError(f"a chain has {PARTS} parts, not {len(paths)}; name one file, or both parts")
    if choices != Choices():
        raise OssicleError(
            "--set and --shape are for a single file, and so is [network] of a front end; export the parts "
            "of a chain without them"
        )
    inputs = [read(path, choices).complete().inputs for path in paths]
    if unknown := set(states).difference(*inputs):
        raise OssicleError(f"no part has an input {min(unknown)!r}, of --state; ossicle inspect lists them")
    return [
        prepare(path, choices, {old: new for old, new in states.items() if old in names})
        for path, names in zip(paths, inputs, strict=True)
    ]


def _chained(parts: Sequence[Prepared]) -> Prepared:
    original, step = (joined(of) for of in ([part.original for part in parts], [part.step for part in parts]))
    return Prepared(original, _simplified(step), parts[0].choices)


def prepare(path: Path, choices: Choices, states: Mapping[str, str]) -> Prepared:
    """Read a file, find its states, and bring its network into the operators of graphs."""
    original, choices = _paired(path, choices, states)
    return Prepared(original, _simplified(by_steps(original)), choices)


def ends_of(step: Network) -> Ends:
    """What goes into a step and what comes out, without states."""
    states = {name for pair in step.states for name in (pair.input, pair.output)}
    inputs, outputs = (
        tuple(End(name, step.values[name].shape) for name in names if name not in states)
        for names in (step.inputs, step.outputs)
    )
    return Ends(inputs, outputs, step.name)


def _simplified(step: Network) -> Network:
    return simplified(with_float_ends(widen(step)))


def _paired(path: Path, choices: Choices, states: Mapping[str, str]) -> tuple[Network, Choices]:
    reading = read(path, choices)
    network = reading.complete()
    frames = frames_a_step(network) if network.time_axes else 1
    if frames > choices.frames:
        reading = read(path, replace(choices, frames=frames))
        network = reading.complete()
    return pair_states(network, states), reading.choices


def survey_file(path: Path, choices: Choices, states: Mapping[str, str]) -> Survey:
    """All that stands in the way of an import; raises :class:`OssicleError` where nothing can be read."""
    reading = read(path, choices)
    if reading.obstacles:
        return Survey(reading.network, tuple(map(str, reading.obstacles)))
    obstacles: list[Obstacle] = []
    try:
        network, _ = _paired(path, choices, states)
    except OssicleError as error:
        return Survey(reading.network, (str(error),))
    step = by_steps(network, obstacles)
    if not obstacles:
        step = _simplified(step)
        obstacles += survey(step)
    return Survey(replace(network, states=step.states), tuple(map(str, obstacles)))


def _prove(
    paths: Sequence[Path],
    parts: Sequence[Prepared],
    prepared: Prepared,
    lowered: Lowered,
    steps: int,
    inputs: Mapping[str, np.ndarray] | None,
) -> Proof:
    if not steps:
        return unproven("no steps were wanted")
    try:
        engine = _engine(paths, [part.original for part in parts])
    except NoEngineError as error:
        return unproven(str(error))
    given = random_inputs(prepared.original, steps) if inputs is None else inputs
    check_inputs(prepared.original, given)
    return prove(engine, prepared.original, lowered, given, prepared.choices.constants)


def _engine(paths: Sequence[Path], networks: Sequence[Network]) -> Engine:
    engines = tuple(map(open_engine, paths, networks))
    return engines[0] if len(engines) == 1 else ChainedEngines(tuple(networks), engines)


def _provenance(paths: Sequence[Path], prepared: Prepared, lowered: Lowered, proof: Proof) -> dict[str, Any]:
    """Where a model comes from: its file, what was chosen, the original names, what the proof found."""
    names = {name: origin for name, origin in lowered.origins.items() if name != origin}
    constants = {name: np.asarray(value).tolist() for name, value in prepared.choices.constants.items()}
    return {
        "source": " ".join(path.name for path in paths),
        "import": {
            "format": prepared.original.format,
            "sha256": " ".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths),
            "set": constants,
            "states": [asdict(pair) for pair in prepared.step.states],
            "names": names,
            "notes": list(prepared.step.notes),
            "proof": proof.as_dict(),
        },
    }
