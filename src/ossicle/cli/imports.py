"""Verbs for networks that others trained."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.cli.app import JsonOption, print_json, print_table, say, verb, warn
from ossicle.errors import OssicleError
from ossicle.graph.task import TASKS
from ossicle.importers.proof import STEPS, Proof
from ossicle.numerics.fixed_point import Rounding
from ossicle.tasks.frames.record import Frames
from ossicle.tasks.front_ends import presets

StateOption = Annotated[
    list[str] | None,
    typer.Option(help="IN=OUT: the input IN takes in each step what the output OUT was in the step before."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="INPUT=NUMBER: an input that is the same in every step, such as sr=16000."),
]
ShapeOption = Annotated[
    list[str] | None,
    typer.Option(
        help="INPUT=SIZES, such as x=1,1,257; a name in the place of a size, such as x=1,time,40, is an axis "
        "along which steps follow one another."
    ),
]
FLOOR_DB = 100.0
"""Agreement with the original that rounding alone leaves in floats."""
USELESS_DB = 20.0
"""Below this, the results of a network in integers are hardly those of the original."""


@verb
def inspect(
    file: Annotated[Path, typer.Argument(help="A network: .onnx, .tflite, .cc or .ossicle.")],
    state: StateOption = None,
    set_: SetOption = None,
    shape: ShapeOption = None,
    json_: JsonOption = False,
) -> None:
    """Say what a network's file holds, and what stands in the way of its import.

    Prints inputs, outputs, states and how they were found, operators, multiply-accumulates of one step, and
    each node that cannot be imported, with the nearest way out.

    Example: ossicle inspect gtcrn.onnx
    """
    found = api.inspect_network(
        file, states=_pairs(state, "--state"), constants=_constants(set_), shapes=_shapes(shape)
    )
    if json_:
        print_json(found.as_dict())
        return
    rows = [
        [kind, end.name, f"{' x '.join(map(str, end.shape)) or '1'} {end.dtype}"]
        for kind, ends in (("input", found.inputs), ("output", found.outputs))
        for end in ends
    ]
    rows += [["state", f"{pair.input} = {pair.output}", pair.how] for pair in found.states]
    print_table(["", "name", ""], rows, f"{found.name} ({found.format})")
    print_table(["operator", "nodes"], [[name, str(count)] for name, count in found.operators.items()])
    say(f"{found.macs:,} multiply-accumulates a step, {found.parameters:,} parameters")
    if not found.obstacles:
        say("nothing stands in the way of an import")
    for obstacle in found.obstacles:
        say(f"in the way: {obstacle}")


@verb
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="A network: .onnx, .tflite or .cc; or both parts of a chain, as DTLN has."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Model file to write.")],
    state: StateOption = None,
    set_: SetOption = None,
    shape: ShapeOption = None,
    rounding: Annotated[
        Rounding, typer.Option(help="For integers: float32 as LiteRT, twice as TensorFlow Lite Micro.")
    ] = Rounding.FLOAT32,
    task: Annotated[
        str | None,
        typer.Option(help=f"What the network is for, as its front end says too: {', '.join(TASKS)}."),
    ] = None,
    front_end: Annotated[
        str | None,
        typer.Option(help=f"What is around the network: a .toml file, or one of {', '.join(presets())}."),
    ] = None,
    frames_per_second: Annotated[
        float | None, typer.Option(min=0.001, help="Steps a second, where that is known.")
    ] = None,
    steps: Annotated[
        int, typer.Option(min=0, max=100_000, help="Steps to compare with the original; 0 compares nothing.")
    ] = STEPS,
    inputs: Annotated[
        Path | None,
        typer.Option(help="Steps to compare: a .npz file, an array (steps, *shape) for each input."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Make a model of a network that was trained elsewhere, and compare it with the original.

    The original runs in the engine that it was made for (onnxruntime, ai-edge-litert), the model in its
    simulation, with states carried from step to step. The import ends at the first node that computes
    something else. The model can then be quantized, compiled, planned and run like any other.

    With a front end, the model hears sound; without one, it takes arrays in every frame and gives arrays.

    Example: ossicle import gtcrn.onnx -o gtcrn.ossicle --front-end gtcrn
    """
    if frames_per_second is not None and (front_end or task not in (None, Frames.name)):
        raise OssicleError("a front end knows its frame rate; leave out --frames-per-second")
    found = api.import_network(
        files,
        task if frames_per_second is None else Frames(frames_per_second),
        front_end=front_end,
        states=_pairs(state, "--state"),
        constants=_constants(set_),
        shapes=_shapes(shape),
        rounding=rounding,
        steps=steps,
        inputs=inputs,
    )
    api.save(found, out)
    if json_:
        print_json({"model": str(out)} | found.as_dict())
        return
    say(found)
    for note in found.provenance["import"]["notes"]:
        warn(note)
    _print_proof(found.proof)


def _print_proof(proof: Proof) -> None:
    if proof.engine is None:
        warn(f"nothing was compared with the original: {proof.reason}")
        return
    between = [node for node in proof.nodes if node not in proof.outputs]
    worst = sorted(between, key=lambda node: node.snr_db)[:5]
    title = f"agreement with {proof.engine} over {proof.steps} steps; below, the nodes that agree least"
    print_table(
        ["value", "node", "SNR dB", "equal", "of"],
        [
            [
                one.value,
                f"{one.node} ({one.operator})",
                f"{one.snr_db:.1f}",
                f"{one.equal:,}",
                f"{one.compared:,}",
            ]
            for one in (*proof.outputs, *worst)
        ],
        title,
    )
    worst_db = min(one.snr_db for one in proof.outputs)
    if worst_db < USELESS_DB:
        warn(
            f"an output agrees to {worst_db:.1f} dB only, too little for most uses; import the network in "
            "floats, and quantize it with --scheme w8a16"
        )
    elif worst_db < FLOOR_DB:
        warn(f"an output agrees to {worst_db:.1f} dB; rounding of floats alone leaves over {FLOOR_DB:g} dB")


def _pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """``NAME=VALUE`` of each text; names may hold a ``=``, values not."""
    pairs = {}
    for text in texts or []:
        name, separator, value = text.rpartition("=")
        if not separator or not name or not value:
            raise OssicleError(f"{option} {text!r} is not NAME=VALUE")
        pairs[name] = value
    return pairs


def _constants(texts: Sequence[str] | None) -> dict[str, object]:
    constants: dict[str, object] = {}
    for name, text in _pairs(texts, "--set").items():
        try:
            constants[name] = int(text) if text.lstrip("+-").isdecimal() else float(text)
        except ValueError:
            raise OssicleError(f"--set {name}={text}: {text!r} is no number") from None
    return constants


def _shapes(texts: Sequence[str] | None) -> dict[str, list[int | None]]:
    """Sizes of each input; a size that is a name is open."""
    return {
        name: [int(size) if size.strip().isdecimal() else None for size in text.split(",")]
        for name, text in _pairs(texts, "--shape").items()
    }
