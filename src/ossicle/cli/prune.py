"""The verb that leaves out weights, channels and units of a network."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ossicle import api
from ossicle.api.pruning import BYTES_IN, LayerSize
from ossicle.cli.app import (
    CalibrationOption,
    CleanOption,
    JobsOption,
    JsonOption,
    ModelArgument,
    NoisyOption,
    errors,
    print_json,
    print_lost,
    print_table,
    say,
    stage_progress,
    verb,
    warn,
)
from ossicle.errors import OssicleError
from ossicle.pruning import CRITERIA, GRANULARITIES, SCHEDULES, Pruning

if TYPE_CHECKING:
    from ossicle.train.record import Progress as Trained

    Granularity = str
    Criterion = str
    Schedule = str
else:
    Schedule = StrEnum("Schedule", list(SCHEDULES))
    Granularity = StrEnum("Granularity", list(GRANULARITIES))
    Criterion = StrEnum("Criterion", list(CRITERIA))


@verb
def prune(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Model file to write.")],
    granularity: Annotated[Granularity, typer.Option(help="What goes as a whole.")],
    sparsity: Annotated[float, typer.Option(help="Fraction of each layer that goes, such as 0.5.")],
    criterion: Annotated[
        Criterion, typer.Option(help="What goes first: by chance, the smallest, or what costs least.")
    ] = Pruning.criterion,
    calibration: CalibrationOption = None,
    size: Annotated[
        str | None, typer.Option(help="ROWSxCOLUMNS of a vector (1x4 by default) or block (4x2).")
    ] = None,
    layer: Annotated[
        list[str] | None, typer.Option(help="A layer to prune, may be repeated; all by default.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="For the criterion random.")] = 0,
    finetune: Annotated[
        Path | None, typer.Option(help="Corpus folder: train the network on it while weights go, or after.")
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            help="Folder of that training, which goes on there; by default that of OUT, without its ending."
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps of that training.")] = api.Finetuning.steps,
    schedule: Annotated[
        Schedule | None,
        typer.Option(help="When weights go; by default, at once by obs and of filters, channels and units."),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="Recipe of that training: a name or a .toml file; that of the model by default."),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="fp32 or bf16; that of the recipe by default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make the training examples.")] = 1,
    noisy: NoisyOption = None,
    clean: CleanOption = None,
    jobs: JobsOption = -1,
    json_: JsonOption = False,
) -> None:
    """Prune a float model and write it to a file, which all other commands accept; quantize it afterwards.

    Weights become zero one by one, as vectors of a row, or as blocks of rows and columns; blocks of 4x2 are
    what kernels skip, and on x86 those of 16x2. Filters, channels and units leave a smaller network, which is
    faster everywhere. With the criterion obs, the weights that stay make up for those that go, as the model's
    calibration says, or your recordings: 20 seconds are enough. With --finetune, the network is trained on a
    corpus, as `train` does it; taylor, which rates weights by their gradients, needs that.

    Example: ossicle prune gru256 --granularity block --sparsity 0.5 --criterion obs -o sparse.ossicle
    """
    training = None
    if not finetune and (run or schedule or recipe or precision):
        raise OssicleError(
            "--run, --schedule, --recipe and --precision are about a training; give --finetune"
        )
    if finetune:
        folder = run or out.with_suffix("")
        training = api.Finetuning(finetune, folder, steps, schedule, recipe, precision, workers)
    with stage_progress() as progress:

        def report(step: "Trained") -> None:
            progress("training", step.step, step.steps)
            if step.validation and not json_:
                errors.print(f"step {step.step}: {step.validation}")

        found = api.prune(
            api.load(model),
            granularity,
            sparsity,
            criterion,
            calibration,
            block=_parse_size(size),
            layers=layer or (),
            seed=seed,
            noisy=noisy,
            clean=clean,
            jobs=jobs,
            progress=progress,
            finetuning=training,
            report=report,
        )
    for warning in found.warnings:
        warn(warning)
    api.save(found, out)
    if json_:
        print_json({"model": str(out)} | found.as_dict())
        return
    rows = [[layer.name, *_changes(layer.before, layer.after)] for layer in found.layers]
    rows.append(["all", "", "", *_changes(found.before, found.after)[2:]])
    columns = ["layer", "outputs", "inputs", "weights that are not 0", "MAC a frame", f"bytes in {BYTES_IN}"]
    print_table(columns, rows, found.graph.name)
    say(f"{out}: {found.graph.parameters:,} weights and biases")
    print_lost(found)


def _changes(before: LayerSize, after: LayerSize) -> list[str]:
    """Each size before and after; once where it stays."""
    pairs = [
        (before.outputs, after.outputs),
        (before.inputs, after.inputs),
        (before.weights, after.weights),
        (before.macs, after.macs),
        (before.bytes, after.bytes),
    ]
    return [f"{old:,} -> {new:,}" if old != new else f"{old:,}" for old, new in pairs]


def _parse_size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    if not found:
        raise OssicleError(f"{text!r} is not ROWSxCOLUMNS, such as 4x2")
    return int(found[1]), int(found[2])
