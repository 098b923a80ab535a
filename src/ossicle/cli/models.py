"""Verbs that emit, time and list models."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ossicle import api
from ossicle.cli.app import (
    JsonOption,
    ModelArgument,
    Scheme,
    SchemeOption,
    print_json,
    print_table,
    progress_bar,
    say,
    verb,
)
from ossicle.cli.plan import choices
from ossicle.graph.task import TASKS
from ossicle.platforms.platform import platform_of
from ossicle.targets import load_target


@verb
def compile(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the C project into.")],
    target: Annotated[str, typer.Option(help="Chip or cluster to emit for; host is this computer.")] = "host",
    scheme: SchemeOption = None,
    backend: Annotated[
        str,
        typer.Option(
            help="What the program is for. The target names the default; others are, for "
            f"{choices(lambda platform: platform.backends)}."
        ),
    ] = "",
    name: Annotated[
        str,
        typer.Option(
            help="Prefix of all names that the linker sees, in place of the model's, so that one model in "
            "two schemes links into one program."
        ),
    ] = "",
    streams: Annotated[
        bool,
        typer.Option(
            "--streams",
            help="Take a frame of many streams at once too, for servers; on this computer, for suppressors.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that were changed since they were emitted.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Emit a model as a folder of C99 with its own Makefile.

    For a chip it has start-up code, a linker script, and audio.c, in which you connect microphone and codec.
    For a cluster it has the plan as tables, and one file for the backend: the GAP SDK (pmsis), threads of
    this computer, RISC-V harts on QEMU, or the RTL testbench. For the target web it is a page and an npm
    package, built already (docs/web.md); for ladspa and lv2, a plug-in (docs/plugins.md).

    Example: ossicle compile gru256 --target stm32h743 --scheme w8a16 -o gru256_c
    """
    chip = load_target(target)
    loaded = api.load_quantized(model, scheme, target=target)
    summary = api.write_c(loaded, out, target, backend, force, name, streams=streams)
    if json_:
        print_json(summary)
        return
    unverified = summary.get("unverified")
    platform = platform_of(chip)
    how = "CMakeLists.txt says how to build it" if unverified else platform.after.format(out=out)
    say(f"{out}: {summary['name']} for {chip.description}; {how}")
    if unverified:
        say(unverified)
    keys = ("weight_bytes", "state_bytes", "scratch_bytes", "macs_per_frame", "latency_samples")
    rows = [[key.replace("_", " "), f"{summary[key]:,}"] for key in keys if key in summary]
    rows += [list(row) for row in platform.sizes(summary).items()]
    print_table(["", "value"], rows)


@verb
def bench(
    models: Annotated[
        list[str] | None, typer.Argument(help="Models to time; by default all that ship.")
    ] = None,
    scheme: Annotated[list[Scheme] | None, typer.Option(help="Schemes to time; all by default.")] = None,
    rounds: Annotated[
        int, typer.Option(min=1, max=10_000, help="Each round times all models once; the median counts.")
    ] = 15,
    json_: JsonOption = False,
) -> None:
    """Time models on one core of this computer, and list the memory that they need.

    Example: ossicle bench gru256 --scheme fp32 --scheme w8a16
    """
    with progress_bar() as bar:
        bar.add_task("compiling and timing", total=None)
        found = api.bench(models, scheme, rounds)
    if json_:
        print_json(found.as_dict())
        return
    rows = [
        [
            timing.model,
            timing.scheme,
            f"{timing.speed.median_us:.1f}",
            _fraction(timing.speed.real_time_factor),
            f"{timing.weight_bytes:,}",
            f"{timing.state_bytes:,}",
            f"{timing.scratch_bytes:,}",
        ]
        for timing in found.results
    ]
    columns = ["model", "scheme", "us per frame", "RTF", "weights, bytes", "state, bytes", "of it scratch"]
    print_table(columns, rows, f"one core, median of {rounds} rounds in turn; {found.compiler}")


def _fraction(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


@verb
def models(json_: JsonOption = False) -> None:
    """List the models that ship: size, work, scores, and the licences of the data they were trained on.

    Sizes are in the default scheme of this computer, scores in that of the model cards. Scores of noise
    suppressors are means over test mixtures, before and after.

    Example: ossicle models
    """
    found = api.list_models()
    if json_:
        print_json([model.as_dict() for model in found])
        return
    scheme = load_target("host").scheme
    for name, record in TASKS.items():
        if not any(model.task == name for model in found):
            continue
        rows = [
            [
                model.description.name,
                f"{model.description.parameters:,}",
                _millions(model.description.macs_per_second),
                f"{model.description.weight_bytes[scheme] / 1000:.0f}",
                *(_score(model.scores, key, form) for key, form in record.scores.values()),
            ]
            for model in found
            if model.task == name
        ]
        print_table(["model", "parameters", "MAC/s", "kB", *record.scores], rows, f"{record.description}s")
    trained_on: dict[str, list[str]] = {}
    for model in found:
        for kind, of in model.data.items():
            text = f"{of['hours']:.1f} h of {kind}, licences: {'; '.join(of['licences'])}"
            trained_on.setdefault(text, []).append(model.description.name)
    for text, names in trained_on.items():
        say(f"{', '.join(names)}: {text}")


def _millions(macs: float | None) -> str:
    return "" if macs is None else f"{macs / 1e6:.0f} M"


def _score(scores: Mapping[str, Any], key: str, form: str) -> str:
    """A score as text: one figure, or that of the noisy sound and that of the enhanced one."""
    if key in scores:
        return format(scores[key], form)
    return " > ".join(format(scores[side][key], form) for side in ("noisy", "enhanced")) if scores else ""
