"""Networks that others trained: what a file holds, and the model that is made of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ossicle.api.model_files import load
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.graph.task import Ends, Task
from ossicle.importers.formats import is_foreign
from ossicle.importers.importing import import_files, survey_file
from ossicle.importers.network import Network, StatePair
from ossicle.importers.proof import STEPS, Proof
from ossicle.importers.reading import Choices
from ossicle.importers.work import macs, parameters
from ossicle.numerics.arrays import read_npz
from ossicle.numerics.fixed_point import Rounding
from ossicle.platforms.platform import platform_variables
from ossicle.tasks.front_ends import FrontEnd, NetworkInputs, fitted_task, load_front_end, presets

Shapes = Mapping[str, Sequence[int | None]]


@dataclass(frozen=True)
class End:
    """An input or output of a network."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Inspection:
    """What a file holds, and what stands in the way of its import."""

    name: str
    format: str
    inputs: tuple[End, ...]
    """Without states."""
    outputs: tuple[End, ...]
    states: tuple[StatePair, ...]
    """With how each was found."""
    operators: Mapping[str, int]
    """How many there are of each, those of constants and shapes left out."""
    macs: int
    """Multiply-accumulates of one step."""
    parameters: int
    obstacles: tuple[str, ...] = field(repr=False)
    """A sentence each: node, operator, problem and way out."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)


@dataclass(frozen=True, repr=False)
class ImportedModel(Model):
    """A model made of a file of another format, and how far it agrees with the original."""

    proof: Proof = field(kw_only=True)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        nodes = Counter(node.op for node in self.graph.nodes)
        return {
            "name": self.graph.name,
            "operators": dict(nodes),
            "macs": self.graph.macs,
            "parameters": self.graph.parameters,
            "proof": self.proof.as_dict() | {"outputs": [asdict(output) for output in self.proof.outputs]},
            "provenance": dict(self.provenance),
        }


def inspect_network(
    path: str | Path,
    *,
    states: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    shapes: Shapes | None = None,
) -> Inspection:
    """Say what a file holds, and all that stands in the way of its import; a model file is described too.

    ``states`` names the output that each input becomes in the next step, ``constants`` gives inputs fixed
    values, ``shapes`` gives inputs shapes; None in a shape is a length along which steps follow one another.
    """
    path = Path(path)
    if not is_foreign(path):
        return _of_model(load(path))
    survey = survey_file(path, Choices(shapes or {}, constants or {}), states or {})
    network, kept = (
        survey.network,
        {name for pair in survey.network.states for name in (pair.input, pair.output)},
    )
    return Inspection(
        network.name,
        network.format,
        _ends(network, [name for name in network.inputs if name not in kept]),
        _ends(network, [name for name in network.outputs if name not in kept]),
        network.states,
        dict(Counter(operation.op for operation in network.operations).most_common()),
        macs(network),
        parameters(network),
        survey.obstacles,
    )


def import_network(
    path: str | Path | Sequence[str | Path],
    task: Task | str | None = None,
    *,
    front_end: str | Path | None = None,
    states: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    shapes: Shapes | None = None,
    rounding: str = Rounding.FLOAT32,
    steps: int = STEPS,
    inputs: str | Path | None = None,
) -> ImportedModel:
    """Make a model of a file, by default with the task ``frames``, and compare it with the original.

    Two paths are the parts of a chain, such as DTLN's: the first network takes the magnitudes of a frame and
    gives a mask for its spectrum, and the second takes the masked samples and gives samples.

    ``front_end`` says what is around the network: the name of a preset (:func:`front_ends`), or the path of a
    TOML file. It may set inputs of the network too; what ``constants`` and ``shapes`` say of an input comes
    first. It names the task; ``task`` may be the name of one that has defaults, or its settings.

    A network of integers keeps them; ``rounding`` is ``"float32"`` for the bits of LiteRT, ``"twice"`` for
    those of TensorFlow Lite Micro and CMSIS-NN, or ``"once"``.

    The comparison runs ``steps`` steps of noise, or those of ``inputs``, an ``.npz`` file with an array
    ``(steps, *shape)`` for each input, through the engine that the file was made for and through the
    simulation. Nothing is compared if ``steps`` is 0 or the engine is not installed.
    Raises :class:`OssicleError` where the file cannot be imported, or where a node computes something else.
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(part) for part in path]
    given = None if inputs is None else read_npz(Path(inputs), "")
    chosen = None if front_end is None else load_front_end(front_end)
    task_for = _task_choice(task, chosen)
    choices = _choices(shapes, constants, chosen)
    variables = platform_variables()
    found = import_files(paths, task_for, choices, states or {}, _rounding(rounding), steps, given, variables)
    provenance = dict(found.model.provenance)
    if chosen:
        provenance["import"] |= {"front_end": chosen.name}
    return ImportedModel(found.model.graph, found.model.calibration, provenance, proof=found.proof)


def front_ends() -> dict[str, str]:
    """The presets of front ends: what each is for, by its name."""
    return {name: load_front_end(name).description for name in presets()}


def _choices(
    shapes: Shapes | None, constants: Mapping[str, object] | None, front_end: FrontEnd | None
) -> Choices:
    usual = front_end.network if front_end else NetworkInputs()
    sizes = {
        name: [None if isinstance(size, str) else size for size in shape]
        for name, shape in usual.shape.items()
    }
    return Choices(shapes or {}, constants or {}, usual_shapes=sizes, usual_constants=usual.set)


def _task_choice(task: Task | str | None, front_end: FrontEnd | None) -> Callable[[Ends], Task]:
    """What makes the task of a network's ends."""
    if isinstance(task, Task):
        if front_end:
            raise OssicleError("a front end gives the settings of its task; leave out the task, or name it")
        return lambda ends: task
    return partial(fitted_task, front_end, task)


def _rounding(name: str) -> Rounding:
    if name not in set(Rounding):
        raise OssicleError(f"there is no rounding {name!r}; choose one of {', '.join(Rounding)}")
    return Rounding(name)


def _ends(network: Network, names: Sequence[str]) -> tuple[End, ...]:
    return tuple(End(name, network.values[name].shape, network.values[name].dtype) for name in names)


def _of_model(model: Model) -> Inspection:
    graph = model.graph
    inputs, outputs = (
        tuple(End(name, graph.tensors[name].shape, graph.tensors[name].dtype.value) for name in names)
        for names in (graph.inputs, graph.outputs)
    )
    states = tuple(StatePair(state.input, state.output, "kept in the file") for state in graph.states)
    operators = Counter(node.op for node in graph.nodes)
    return Inspection(
        graph.name,
        "ossicle",
        inputs,
        outputs,
        states,
        dict(operators.most_common()),
        graph.macs,
        graph.parameters,
        (),
    )
