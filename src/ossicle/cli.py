"""The command line: one verb a stage."""

import functools
import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from enum import StrEnum
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ossicle import api
from ossicle.errors import OssicleError
from ossicle.quantize import SCHEMES

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Turn a small audio network into verified firmware.",
)
data_app = typer.Typer(no_args_is_help=True, help="Fetch public corpora.")
app.add_typer(data_app, name="data")
errors = Console(stderr=True)

Scheme = StrEnum("Scheme", list(SCHEMES))
SchemeOption = Annotated[Scheme, typer.Option(help="Precision of the network.")]
ModelOption = Annotated[str, typer.Option(help="A model of the zoo, or the path of a .ossicle file.")]
ModelArgument = Annotated[str, typer.Argument(help="A model of the zoo, or the path of a .ossicle file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]
JobsOption = Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")]


def verb(function: Callable[..., None], group: typer.Typer = app) -> Callable[..., None]:
    """Register a command whose errors are one sentence and exit code 2."""

    @functools.wraps(function)
    def guarded(*args, **kwargs) -> None:
        try:
            function(*args, **kwargs)
        except OssicleError as error:
            fail(str(error))
        except KeyboardInterrupt:
            fail("interrupted; no half-written file was left behind")
        except BrokenPipeError:
            sys.stdout = None
            fail("the reader of the output went away")

    alone = ("models", "bench", "list_corpora")
    name = function.__name__.partition("_")[0]
    return group.command(name, no_args_is_help=function.__name__ not in alone)(guarded)


def fail(sentence: str) -> None:
    """Say what went wrong and leave with exit code 2."""
    errors.print(f"ossicle: {sentence}", style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)


def progress_bar() -> Progress:
    """A bar on standard error, gone when the work is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )


def print_json(results: object) -> None:
    """Print plain data; numbers that JSON lacks become null."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    print(json.dumps(plain(results), indent=2))


def print_table(columns: list[str], rows: list[list[str]], title: str = "") -> None:
    """Print a table, its first column left and the others right aligned."""
    table = Table(*columns, title=title or None, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@verb
def denoise(
    inputs: Annotated[list[str], typer.Argument(help="Audio files, or - for raw samples on standard input.")],
    out: Annotated[str, typer.Option("--out", "-o", help="Output file; a folder for several inputs; or -.")],
    model: ModelOption = "gru256",
    scheme: SchemeOption = Scheme.mixed,
    json_: JsonOption = False,
) -> None:
    """Remove noise from speech recordings.

    Rate, channels, depth, length and alignment stay as they are; above 8 kHz nothing is kept. With `-` for
    input and output, raw 16-bit samples of one channel at 16 kHz stream through.

    Example: ossicle denoise noisy.wav -o clean.wav
    """
    from ossicle.run.files import denoise_files, denoise_raw, destinations

    loaded = api.load(model)
    if "-" in [*inputs, out]:
        if inputs != ["-"] or out != "-" or json_:
            raise OssicleError(
                "raw streaming takes `-` for the input and for the output, and prints nothing else"
            )
        program = api.compile(api.quantize(loaded, scheme))
        denoise_raw(program, sys.stdin.buffer, sys.stdout.buffer)
        return
    jobs = destinations([Path(name) for name in inputs], Path(out))
    program = api.compile(api.quantize(loaded, scheme))
    with progress_bar() as bar:
        task = bar.add_task("denoising", total=len(jobs))
        results, failures = denoise_files(jobs, program, partial(bar.advance, task))
    for result in results:
        if result.repaired:
            errors.print(f"{result.file}: {result.repaired} NaN or infinite samples were taken for silence")
    if json_:
        print_json([asdict(result) for result in results])
    else:
        for result in results:
            print(f"{result.out}: {result.audio_s:.2f} s in {result.elapsed_s:.2f} s")
    if failures:
        fail("\nossicle: ".join(failures))


@verb
def evaluate(
    model: ModelArgument,
    noisy: Annotated[Path, typer.Option(help="Folder of noisy recordings.")],
    clean: Annotated[Path, typer.Option(help="Folder of the clean ones, of the same names.")],
    scheme: SchemeOption = Scheme.mixed,
    jobs: JobsOption = -1,
    json_: JsonOption = False,
) -> None:
    """Score a model by PESQ-WB, STOI and SI-SDR over pairs of recordings.

    Example: ossicle evaluate gru256 --noisy noisy/ --clean clean/
    """
    from ossicle.measure import quality

    pairs = quality.find_pairs(noisy, clean)
    program = api.compile(api.quantize(api.load(model), scheme))
    with progress_bar() as bar:
        results = quality.evaluate(pairs, program, jobs)
        files = list(bar.track(results, len(pairs), description="evaluating"))
    means = {side: quality.mean_scores([getattr(f, side) for f in files]) for side in ("noisy", "enhanced")}
    if json_:
        print_json(
            {
                "model": model,
                "scheme": scheme,
                "files": [asdict(file) for file in files],
                "mean": {side: asdict(scores) for side, scores in means.items()},
            }
        )
        return
    rows = [[file.file, *_score_cells(file.noisy, file.enhanced)] for file in files]
    rows.append(["mean", *_score_cells(means["noisy"], means["enhanced"])])
    print_table(["file", "PESQ-WB", "STOI", "SI-SDR dB"], rows, f"{model}, {scheme}: noisy > enhanced")


def _score_cells(before, after) -> list[str]:
    return [
        f"{before.pesq_wb:.2f} > {after.pesq_wb:.2f}",
        f"{before.stoi:.3f} > {after.stoi:.3f}",
        f"{before.si_sdr_db:.1f} > {after.si_sdr_db:.1f}",
    ]


@verb
def compile(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the C project into.")],
    target: Annotated[str, typer.Option(help="Chip to emit for.")] = "host",
    scheme: SchemeOption = Scheme.mixed,
    json_: JsonOption = False,
) -> None:
    """Emit a model as a C99 project that builds by its own Makefile.

    Example: ossicle compile gru256 --target host -o gru256_c
    """
    from ossicle.emit import emit
    from ossicle.schedule import plan
    from ossicle.targets import load_target

    chip = load_target(target)
    graph = api.quantize(api.load(model), scheme).graph
    summary = emit(graph, plan(graph), chip, out)
    if json_:
        print_json(summary)
        return
    print(f"{out}: {graph.name} in {scheme} for {chip.description}; build it with make -C {out}")
    keys = ("weight_bytes", "state_bytes", "scratch_bytes", "macs_per_step", "latency_samples")
    print_table(["", "value"], [[key.replace("_", " "), f"{summary[key]:,}"] for key in keys])


@verb
def bench(
    models: Annotated[
        list[str] | None, typer.Argument(help="Models to time; all of the zoo by default.")
    ] = None,
    scheme: Annotated[list[Scheme] | None, typer.Option(help="Schemes to time; all by default.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; each times all of them in turn.")] = 15,
    json_: JsonOption = False,
) -> None:
    """Time models on one core of this computer, and list what they take in memory.

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
    columns = ["model", "scheme", "us a frame", "RTF", "weights B", "state B", "of it scratch"]
    print_table(columns, rows, f"one core, median of {rounds} rounds in turn; {compiler}")


@verb
def models(json_: JsonOption = False) -> None:
    """List the models that ship: size, work, scores, and the licences of the data they were trained on.

    Size and scores are those of the scheme mixed; the scores, of the noisy and the enhanced test mixtures.

    Example: ossicle models
    """
    from ossicle.measure.size import describe
    from ossicle.zoo import zoo_scores

    results = []
    for name in api.zoo_names():
        model = api.load(name)
        scores, data = zoo_scores(name), model.provenance.get("data", {})
        results.append(asdict(describe(name, model)) | {"scores": scores, "data": data})
    if json_:
        print_json(results)
        return
    measures = {"PESQ-WB": ("pesq_wb", ".2f"), "STOI": ("stoi", ".3f"), "SI-SDR dB": ("si_sdr_db", ".1f")}
    rows = [
        [
            r["name"],
            f"{r['parameters']:,}",
            f"{r['macs_per_second'] / 1e6:.0f} M",
            f"{r['weight_bytes']['mixed'] / 1000:.0f}",
            *(
                "→".join(format(r["scores"][side][key], form) for side in ("noisy", "enhanced"))
                if r["scores"]
                else ""
                for key, form in measures.values()
            ),
        ]
        for r in results
    ]
    print_table(["model", "parameters", "MAC/s", "kB", *measures], rows)
    trained_on: dict[str, list[str]] = {}
    for r in results:
        for kind, of in r["data"].items():
            text = f"{of['hours']:.1f} h of {kind}, licences: {'; '.join(of['licences'])}"
            trained_on.setdefault(text, []).append(r["name"])
    for text, names in trained_on.items():
        print(f"{', '.join(names)}: {text}")


@verb
def train(
    recipe: Annotated[str, typer.Argument(help="lstm256, gru256, lstm128, gru128, or a recipe's TOML file.")],
    data: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the run; an earlier run in it goes on.")
    ],
    steps: Annotated[int | None, typer.Option(min=1, help="Updates, in place of the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and mixtures, likewise.")] = None,
    precision: Annotated[str | None, typer.Option(help="fp32 or bf16, likewise.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that draw the mixtures.")] = 1,
    json_: JsonOption = False,
) -> None:
    """Train a network on a corpus and write OUT/NETWORK.ossicle.

    It computes on a GPU where there is one; `torchrun --nproc-per-node 2 -m ossicle train ...` spreads it
    over processes. OUT/curves.svg shows how it goes.

    Example: ossicle train gru256 --data corpus/ -o runs/gru256
    """
    if missing := [name for name in ("torch", "scipy", "pyroomacoustics") if not find_spec(name)]:
        raise OssicleError(f"training needs {', '.join(missing)}; pip install 'ossicle[train]'")
    from ossicle.train.recipe import load_recipe
    from ossicle.train.run import train_model

    loaded = load_recipe(recipe)
    asked = {"steps": steps, "seed": seed, "precision": precision}
    changes = {key: value for key, value in asked.items() if value is not None}
    loaded = replace(loaded, fit=replace(loaded.fit, **changes))

    with progress_bar() as bar:
        task = bar.add_task("reading the corpus", total=None)

        def report(progress) -> None:
            text = f"step {progress.step}, loss {progress.loss:.4f}"
            bar.update(task, total=progress.steps, completed=progress.step, description=text)
            judged = progress.validation
            if judged and not json_:
                pesq = f", PESQ {judged.pesq:.3f}" if judged.pesq else ""
                errors.print(
                    f"step {progress.step}: validation loss {judged.loss:.4f}, "
                    f"SI-SDR {judged.si_sdr_db:.2f} dB{pesq}"
                )

        path = train_model(data, out, loaded, report, workers)
    if path and json_:
        print_json({"model": str(path)})
    elif path:
        print(f"{path}: try it with ossicle denoise --model {path}")


@partial(verb, group=data_app)
def list_corpora(json_: JsonOption = False) -> None:
    """List the public corpora that can be fetched.

    Example: ossicle data list
    """
    from ossicle.data.public import PUBLIC

    if json_:
        fields = ("name", "description", "licence", "size")
        print_json([{field: getattr(corpus, field) for field in fields} for corpus in PUBLIC.values()])
        return
    rows = [[c.name, c.description, c.licence, f"{c.size / 1e9:.1f} GB"] for c in PUBLIC.values()]
    print_table(["corpus", "what", "licence", "download"], rows)


@partial(verb, group=data_app)
def get_public(
    name: Annotated[str, typer.Argument(help="A corpus of `ossicle data list`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the corpus.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a download.")] = False,
    json_: JsonOption = False,
) -> None:
    """Fetch a public corpus into a folder that training reads.

    The archives are kept in the user's cache folder ($OSSICLE_CACHE), and a transfer that broke off goes on.

    Example: ossicle data get voicebank-demand -o corpus/
    """
    from ossicle.cache import cache_folder
    from ossicle.data.download import missing_bytes
    from ossicle.data.public import PUBLIC, get_corpus

    if name not in PUBLIC:
        raise OssicleError(f"there is no corpus {name!r}; choose one of {', '.join(PUBLIC)}")
    if not find_spec("pooch"):
        raise OssicleError("fetching needs pooch; pip install 'ossicle[data]'")
    corpus, cache = PUBLIC[name], cache_folder() / "downloads"
    missing = missing_bytes(corpus.archives, cache)
    errors.print(f"{name}, {corpus.licence}: {missing / 1e9:.2f} of {corpus.size / 1e9:.2f} GB to fetch")
    if missing and not yes and not typer.confirm("Go on?", err=True):
        raise OssicleError("nothing was fetched")
    with progress_bar() as bar:
        task = bar.add_task(f"fetching into {cache}", total=missing)
        get_corpus(corpus, out, cache, partial(bar.advance, task))
    if json_:
        print_json({"corpus": name, "folder": str(out)})
    else:
        print(f"{out}: train on it with ossicle train gru256 --data {out} -o runs/gru256")


def main() -> None:
    """Entry point of the command ``ossicle``."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(2)
