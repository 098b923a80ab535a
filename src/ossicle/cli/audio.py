"""Verbs that work on recordings."""

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ossicle import api
from ossicle.api.built import load_program
from ossicle.audio.files import repaired_text
from ossicle.audio.level import LOUDEST_DBFS, QUIETEST_DBFS, decibels, usual_gain
from ossicle.cli.app import (
    AttenuationOption,
    JobsOption,
    JsonOption,
    ModelArgument,
    ModelOption,
    SchemeOption,
    fail,
    print_json,
    print_table,
    progress_bar,
    say,
    verb,
    warn,
)
from ossicle.cli.pipes import raw_output, signalled_input
from ossicle.errors import OssicleError
from ossicle.tasks.suppression.program import SuppressorProgram
from ossicle.tasks.suppression.settings import Suppression

if TYPE_CHECKING:
    from ossicle.measure.quality import Scores


@verb
def denoise(
    inputs: Annotated[list[str], typer.Argument(help="Audio files, or - for raw samples on standard input.")],
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", help="Output file; for several inputs, a folder; or - for standard output."
        ),
    ],
    model: ModelOption = "gru256",
    scheme: SchemeOption = None,
    gain: Annotated[
        float | None,
        typer.Option(
            min=-100,
            max=100,
            help="Amplification in dB for the network, taken back after it. By default, a channel that is "
            "very quiet or very loud is brought to -26 dBFS; raw samples stay as they are.",
            show_default=False,
        ),
    ] = None,
    attenuation: AttenuationOption = None,
    json_: JsonOption = False,
) -> None:
    """Remove noise from speech recordings.

    Sample rate, channels, bit depth and length stay as they are, and the output is aligned with the input;
    frequencies above half of the model's sample rate are removed: above 8 kHz by the models that ship. With
    `-` for input and output, raw 16-bit samples of one channel at the model's rate are cleaned as they come.

    Example: ossicle denoise noisy.wav -o clean.wav
    """
    program = load_program(model, scheme, Suppression.name)
    assert isinstance(program, SuppressorProgram)
    if "-" in [*inputs, out]:
        if inputs != ["-"] or out != "-" or json_:
            raise OssicleError("raw streaming takes `-` for the input and for the output, and no --json")
        _denoise_raw(program, gain or 0.0, attenuation)
        return
    with progress_bar() as bar:
        task = bar.add_task("denoising", total=len(inputs))
        found = api.denoise(program, inputs, out, partial(bar.advance, task), gain, attenuation)
    for file in found.files:
        if file.repaired:
            warn(repaired_text(file.file, file.repaired))
        if file.lost:
            warn(f"{file.out} has no place for what {file.file} also holds: {', '.join(file.lost)}")
    if json_:
        print_json(found.as_dict()["files"])
    else:
        for file in found.files:
            say(f"{file.out}: {file.audio_s:.2f} s in {file.elapsed_s:.2f} s")
    if found.failures:
        fail("\nossicle: ".join(found.failures))


def _denoise_raw(program: SuppressorProgram, gain_db: float, attenuation_db: float | None) -> None:
    def judge_level(dbfs: float) -> None:
        missing = decibels(usual_gain(dbfs))
        if missing:
            warn(
                f"the network hears a level of {dbfs:.0f} dBFS and knows {QUIETEST_DBFS:.0f} to "
                f"{LOUDEST_DBFS:.0f}; try --gain {gain_db + missing:.0f}"
            )

    with signalled_input() as source:
        left_over = api.denoise_raw(program, source, raw_output(), gain_db, judge_level, attenuation_db)
    if left_over:
        warn("the raw input ends in the middle of a 16-bit sample; its last byte was left out")
    if source.ended_by:
        fail(f"ended by {source.ended_by}; all that came in was cleaned")


@verb
def evaluate(
    model: ModelArgument,
    noisy: Annotated[Path, typer.Option(help="Folder of noisy recordings.")],
    clean: Annotated[Path, typer.Option(help="Folder of the clean recordings, with the same names.")],
    scheme: SchemeOption = None,
    jobs: JobsOption = -1,
    cluster: Annotated[str | None, typer.Option(help="Cluster to send the work to: ray.")] = None,
    json_: JsonOption = False,
) -> None:
    """Score a model by PESQ-WB, STOI and SI-SDR over pairs of recordings.

    Example: ossicle evaluate gru256 --noisy noisy/ --clean clean/
    """
    loaded = api.load_quantized(model, scheme, Suppression.name)
    with progress_bar() as bar:
        task = bar.add_task("evaluating", total=None)

        def progress(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        found = api.evaluate(loaded, noisy, clean, jobs, cluster, progress)
    if json_:
        print_json({"model": model} | found.as_dict())
    elif found.files:
        rows = [[file.file, *_score_cells(file.noisy, file.enhanced)] for file in found.files]
        rows.append(["mean", *_score_cells(found.noisy, found.enhanced)])
        print_table(["file", "PESQ-WB", "STOI", "SI-SDR dB"], rows, f"{model}: noisy > enhanced")
    if found.failures:
        fail("\nossicle: ".join(failure.reason for failure in found.failures))


def _score_cells(before: "Scores", after: "Scores") -> list[str]:
    measures = {"pesq_wb": ".2f", "stoi": ".3f", "si_sdr_db": ".1f"}
    return [
        " > ".join(_score(getattr(scores, name), form) for scores in (before, after))
        for name, form in measures.items()
    ]


def _score(value: float, form: str) -> str:
    """A score as text; a dash where it is not defined."""
    return "-" if math.isnan(value) else format(value, form)
