"""Verbs that make models: training, and the corpora for it."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ossicle import api
from ossicle.cli.app import JsonOption, app, errors, print_json, print_table, progress_bar, say, verb
from ossicle.errors import OssicleError
from ossicle.graph.task import TASKS

if TYPE_CHECKING:
    from ossicle.train.record import Progress

data_app = typer.Typer(no_args_is_help=True, help="Download public corpora.")
app.add_typer(data_app, name="data")


@verb
def train(
    recipe: Annotated[
        str, typer.Argument(help="Recipe: lstm256, gru256, lstm128, gru128, cnn, dscnn, or a .toml file.")
    ],
    data: Annotated[
        Path, typer.Option(help="Corpus folder with noise/ and speech/, and keywords/ for spotters.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the run; a run that is already in it is continued.")
    ],
    steps: Annotated[
        int | None, typer.Option(min=1, help="Training steps; those of the recipe by default.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of weights and examples; that of the recipe by default.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="fp32 or bf16; that of the recipe by default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make the training examples.")] = 1,
    start: Annotated[
        str | None, typer.Option(help="Model whose weights a new run begins with: a name or a file.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Train a network on a corpus and write OUT/NETWORK.ossicle.

    It computes on a GPU where there is one; `torchrun --nproc-per-node 2 -m ossicle train ...` spreads it
    over processes. OUT/curves.svg shows how it goes.

    Example: ossicle train gru256 --data corpus/ -o runs/gru256
    """
    with progress_bar() as bar:
        task = bar.add_task("reading the corpus", total=None)

        def report(progress: "Progress") -> None:
            text = f"step {progress.step}, loss {progress.loss:.4f}"
            bar.update(task, total=progress.steps, completed=progress.step, description=text)
            if progress.validation and not json_:
                errors.print(f"step {progress.step}: {progress.validation}")

        found = api.train_model(recipe, data, out, steps, seed, precision, workers, start, report)
    if found and json_:
        print_json(found.as_dict())
    elif found:
        say(f"{found.model}: try it with ossicle {TASKS[found.task].verb} --model {found.model}")


@partial(verb, group=data_app)
def list_corpora(json_: JsonOption = False) -> None:
    """List the public corpora that can be downloaded.

    Example: ossicle data list
    """
    found = api.list_corpora()
    if json_:
        fields = ("name", "description", "licence", "size")
        print_json([{field: getattr(corpus, field) for field in fields} for corpus in found])
        return
    rows = [[c.name, c.description, c.licence, f"{c.size / 1e9:.1f} GB"] for c in found]
    print_table(["corpus", "what", "licence", "download"], rows)


@partial(verb, group=data_app)
def get_public(
    name: Annotated[str, typer.Argument(help="A corpus of `ossicle data list`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the corpus.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a download.")] = False,
    json_: JsonOption = False,
) -> None:
    """Download a public corpus into a folder that training reads.

    The archives are kept in the user's cache folder ($OSSICLE_CACHE), and a transfer that broke off goes on.

    Example: ossicle data get voicebank-demand -o corpus/
    """
    download = api.corpus_download(name)
    corpus, missing = download.corpus, download.missing_bytes
    errors.print(f"{name}, {corpus.licence}: {missing / 1e9:.2f} of {corpus.size / 1e9:.2f} GB to fetch")
    if missing and not yes and not (sys.stdin and typer.confirm("Go on?", err=True)):
        raise OssicleError("nothing was fetched; answer yes, or give --yes")
    with progress_bar() as bar:
        task = bar.add_task(f"fetching into {download.cache}", total=missing)
        api.get_corpus(name, out, partial(bar.advance, task))
    if json_:
        print_json({"corpus": name, "folder": str(out)})
    else:
        say(f"{out}: train on it with ossicle train gru256 --data {out} -o runs/gru256")
