"""The verb that reports on a model."""

from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.api.reporting import REPORTED, TARGETS, check_page
from ossicle.cli.app import (
    CleanOption,
    JobsOption,
    JsonOption,
    ModelArgument,
    NoisyOption,
    Scheme,
    print_json,
    say,
    stage_progress,
    verb,
)


@verb
def report(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write: a file that ends in .html.")],
    targets: Annotated[str, typer.Option(help="Targets to compare, with commas between them.")] = ",".join(
        TARGETS
    ),
    scheme: Annotated[
        list[Scheme] | None, typer.Option(help=f"Schemes to compare; by default {', '.join(REPORTED)}.")
    ] = None,
    noisy: NoisyOption = None,
    clean: CleanOption = None,
    jobs: JobsOption = -1,
    json_: JsonOption = False,
) -> None:
    """Compare schemes of a model on targets, and write what to choose as one HTML page.

    It shows quality, time, bytes and energy, the Pareto front, the sensitivity of each layer, a frame on a
    cluster, and sound to listen to. The page loads nothing. The same as JSON, and a trace of a frame on each
    cluster for Perfetto, are written beside it (docs/report.md).

    Example: ossicle report gru256 --targets host,stm32h743,gap9 -o report.html
    """
    check_page(out)
    with stage_progress() as progress:
        found = api.report_on(model, targets.split(","), scheme or REPORTED, noisy, clean, jobs, progress)
        written = api.write_report(found, out)
    if json_:
        print_json(found.as_dict())
        return
    for target in found.targets:
        chosen = found.recommended(target)
        say(f"{target}: {chosen.scheme if chosen else 'no scheme fits and keeps up'}")
    for path in written:
        say(f"wrote {path}")
