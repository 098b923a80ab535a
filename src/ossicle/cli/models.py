"""Verbs that emit, time and list models."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ossicle import api
from ossicle.cli.app import (
    ROLES,
    JsonOption,
    ModelArgument,
    Scheme,
    SchemeOption,
    load_quantized,
    print_json,
    print_table,
    progress_bar,
    verb,
)
from ossicle.graph import Spotting, Suppression
from ossicle.quantize import SCHEMES

MEASURES = {
    Suppression: {"PESQ-WB": ("pesq_wb", ".2f"), "STOI": ("stoi", ".3f"), "SI-SDR dB": ("si_sdr_db", ".1f")},
    Spotting: {"accuracy": ("accuracy", ".1%")},
}
"""Columns of the list of models, with the key of the score and its form."""


class Backend(StrEnum):
    """What a cluster program runs on."""

    pmsis = "pmsis"
    threads = "threads"
    harts = "harts"
    rtl = "rtl"


@verb
def compile(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the C project into.")],
    target: Annotated[str, typer.Option(help="Chip or cluster to emit for; host is this computer.")] = "host",
    scheme: SchemeOption = None,
    backend: Annotated[
        Backend | None, typer.Option(help="What a cluster program runs on; the target names the default.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Emit a model as a folder of C99 with its own Makefile.

    For a chip it has start-up code, a linker script, and audio.c, in which you connect microphone and codec.
    For a cluster it has the plan as tables, and one file for the backend: the GAP SDK (pmsis), threads of
    this computer, RISC-V harts on QEMU, or the RTL testbench.

    Example: ossicle compile gru256 --target stm32h743 --scheme w8a16 -o gru256_c
    """
    from ossicle.targets import load_target

    chip = load_target(target)
    summary = api.write_c(load_quantized(model, scheme), out, target, str(backend or ""))
    if json_:
        print_json(summary)
        return
    unverified = summary.get("unverified")
    how = "CMakeLists.txt says how to build it" if unverified else f"build it with make -C {out}"
    print(f"{out}: {summary['name']} for {chip.description}; {how}")
    if unverified:
        print(unverified)
    keys = ("weight_bytes", "state_bytes", "scratch_bytes", "macs_per_step", "latency_samples")
    rows = [[key.replace("_", " "), f"{summary[key]:,}"] for key in keys]
    if chip.chip:
        needs = summary["board"]["memory"].items()
        rows += [[f"{name} bytes needed, of {m['bytes']:,}", f"{m['needed']:,}"] for name, m in needs]
    print_table(["", "value"], rows)


@verb
def bench(
    models: Annotated[
        list[str] | None, typer.Argument(help="Models to time; by default all that ship.")
    ] = None,
    scheme: Annotated[list[Scheme] | None, typer.Option(help="Schemes to time; all by default.")] = None,
    rounds: Annotated[
        int, typer.Option(min=1, help="Each round times all models once; the median counts.")
    ] = 15,
    json_: JsonOption = False,
) -> None:
    """Time models on one core of this computer, and list the memory that they need.

    Example: ossicle bench gru256 --scheme fp32 --scheme mixed
    """
    from ossicle.measure.speed import time_programs
    from ossicle.run.compiler import compiler_version, find_compiler

    with progress_bar() as bar:
        bar.add_task("compiling and timing", total=None)
        programs = {
            (name, str(s)): api.compile(api.quantize(api.load(name), s))
            for name in models or api.zoo_names()
            for s in scheme or SCHEMES
        }
        speeds = time_programs(programs, rounds)
    compiler = compiler_version(find_compiler())
    sizes = ("weight_bytes", "state_bytes", "scratch_bytes")
    results = [
        {
            "model": name,
            "scheme": s,
            **asdict(speed),
            **{key: programs[name, s].summary[key] for key in sizes},
        }
        for (name, s), speed in speeds.items()
    ]
    if json_:
        print_json({"compiler": compiler, "rounds": rounds, "results": results})
        return
    rows = [
        [r["model"], r["scheme"], f"{r['median_us']:.1f}", f"{r['real_time_factor']:.4f}"]
        + [f"{r[key]:,}" for key in sizes]
        for r in results
    ]
    columns = ["model", "scheme", "us per frame", "RTF", "weights, bytes", "state, bytes", "of it scratch"]
    print_table(columns, rows, f"one core, median of {rounds} rounds in turn; {compiler}")


@verb
def models(json_: JsonOption = False) -> None:
    """List the models that ship: size, work, scores, and the licences of the data they were trained on.

    Sizes and scores are for the scheme mixed, or w8a16 for keyword spotters. Scores of noise suppressors are
    means over test mixtures, before and after.

    Example: ossicle models
    """
    from ossicle.measure.size import describe
    from ossicle.zoo import zoo_scores

    tables = {Suppression: [], Spotting: []}
    for name in api.zoo_names():
        model = api.load(name)
        scores, data = zoo_scores(name), model.provenance.get("data", {})
        described = asdict(describe(name, model)) | {"scores": scores, "data": data}
        tables[type(model.graph.task)].append(described)
    results = [r for of in tables.values() for r in of]
    if json_:
        print_json(results)
        return
    for task, measures in MEASURES.items():
        rows = [
            [
                r["name"],
                f"{r['parameters']:,}",
                f"{r['macs_per_second'] / 1e6:.0f} M",
                f"{r['weight_bytes'][api.DEFAULT_SCHEMES[task]] / 1000:.0f}",
                *(_score(r["scores"], key, form) for key, form in measures.values()),
            ]
            for r in tables[task]
        ]
        print_table(["model", "parameters", "MAC/s", "kB", *measures], rows, f"{ROLES[task]}s")
    trained_on: dict[str, list[str]] = {}
    for r in results:
        for kind, of in r["data"].items():
            text = f"{of['hours']:.1f} h of {kind}, licences: {'; '.join(of['licences'])}"
            trained_on.setdefault(text, []).append(r["name"])
    for text, names in trained_on.items():
        print(f"{', '.join(names)}: {text}")


def _score(scores: Mapping[str, Any], key: str, form: str) -> str:
    """A score as text: one figure, or that of the noisy sound and that of the enhanced one."""
    if key in scores:
        return format(scores[key], form)
    return "→".join(format(scores[side][key], form) for side in ("noisy", "enhanced")) if scores else ""
