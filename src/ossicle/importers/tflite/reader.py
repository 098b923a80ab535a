"""From a TFLite file to a network, one operator after another."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.importers.network import Network, Value
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.reading import Choices, Reading, chosen_constant
from ossicle.importers.tflite.file import read_bytes
from ossicle.importers.tflite.loops import without_loops
from ossicle.importers.tflite.model import Subgraph, TensorRecord, parse_model
from ossicle.importers.tflite.translation import TRANSLATORS, UNFIT, Site, Translation
from ossicle.importers.tflite.variables import HANDLES, Variables

NO_CHOICES = Choices()
WAYS_OUT = {
    "WHILE": "export the network for a fixed number of steps, or the layer with unroll=True",
    "IF": "export the branch that is to run",
}
FRONT_END = "Signal"
"""Custom operators whose names begin so are the audio front end of TensorFlow Lite Micro."""


def read_tflite(path: Path, choices: Choices = NO_CHOICES) -> Reading:
    """The network of a ``.tflite`` file, or of the array in a C file."""
    graphs = parse_model(read_bytes(path), str(path))
    main, into = without_loops(graphs), Translation()
    names = _declare(into, main)
    variables, obstacles = Variables(into, graphs), []
    inputs = [names[index] for index in main.inputs]
    choices = choices.of(inputs)
    given = _choose(into, inputs, choices)
    for index, record in enumerate(main.operators):
        if record.kind in HANDLES:
            continue
        site = Site(into, names, record, index)
        try:
            _translate(site, variables)
        except Obstacle as obstacle:
            obstacles.append(obstacle)
        except UNFIT as error:
            problem = f"its options and shapes do not fit together ({error})"
            obstacles.append(site.obstacle(problem, "convert the network again"))
    variables.finish()
    network = Network(
        path.stem,
        "tflite",
        into.values,
        tuple(into.operations),
        (*given, *into.inputs),
        (*(names[index] for index in main.outputs), *into.outputs),
        tuple(into.states),
        notes=tuple(into.notes),
    )
    return Reading(network, tuple(obstacles), choices)


def _choose(into: Translation, inputs: Sequence[str], choices: Choices) -> list[str]:
    """Make constants of the inputs that are to be; returns those that are left."""
    for name in [*choices.shapes, *choices.constants]:
        if name not in inputs:
            raise OssicleError(f"there is no input {name!r}; this network has {', '.join(inputs)}")
    for name, shape in choices.shapes.items():
        if tuple(shape) != into.values[name].shape:
            raise OssicleError(
                f"the input {name!r} of a TFLite file has the fixed shape {into.values[name].shape}; "
                "convert the network again for another one"
            )
    for name, given in choices.constants.items():
        value = into.values[name]
        constant = chosen_constant(name, given, value.dtype, value.shape)
        into.declare(replace(value, constant=constant))
    return [name for name in inputs if name not in choices.constants]


def _translate(site: Site, variables: Variables) -> None:
    kind = site.record.kind
    if kind in ("READ_VARIABLE", "ASSIGN_VARIABLE"):
        variables.translate(site)
    elif kind in TRANSLATORS:
        TRANSLATORS[kind](site)
    elif kind.startswith(FRONT_END):
        raise site.obstacle(
            "it is a part of an audio front end and no network",
            "import the network behind it",
        )
    else:
        raise site.obstacle("it is not imported", WAYS_OUT.get(kind, "replace it by operators that are"))


def _declare(into: Translation, graph: Subgraph) -> list[str]:
    """Declare all tensors of a subgraph; returns their names by index."""
    names = []
    for index, tensor in enumerate(graph.tensors):
        name = into.unused(tensor.name or f"tensor_{index}")
        names.append(into.declare(_value(name, tensor)))
    return names


def _value(name: str, tensor: TensorRecord) -> Value:
    if tensor.dtype == "complex64":
        return Value(name, (*tensor.shape, 2), "float32")
    constant = tensor.values if not tensor.variable else None
    return Value(name, tensor.shape, tensor.dtype, constant, tensor.quantization)
