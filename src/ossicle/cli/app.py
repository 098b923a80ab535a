"""What the verbs of the command line share: registration, errors, options, tables."""

import functools
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ossicle import __version__
from ossicle.errors import OssicleError
from ossicle.files import plain
from ossicle.numerics.formats import SCHEMES

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)
errors = Console(stderr=True)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""All of Unicode's control characters but the end of a line."""
PIPE_WIDTH = 1000
"""Columns of a table that goes into a pipe or a file, where lines have no end."""

if TYPE_CHECKING:
    from ossicle.api.changed import ChangedModel
    from ossicle.platforms.result import Shown

    Scheme = str
else:
    # Typer takes the choices from an enumeration.
    Scheme = StrEnum("Scheme", list(SCHEMES))
AttenuationOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=100,
        help="Take at most so many dB of noise away, which sounds more natural; no limit by default.",
        show_default=False,
    ),
]
SchemeOption = Annotated[
    Scheme | None,
    typer.Option(
        help="Number formats; by default those of the file, or if it is float those of the target: w8a16."
    ),
]
ModelOption = Annotated[str, typer.Option(help="A model that ships, or the path of a .ossicle file.")]
ModelArgument = Annotated[str, typer.Argument(help="A model that ships, or the path of a .ossicle file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]
JobsOption = Annotated[int, typer.Option(help="Processes to use; -1 for one per core.")]


CalibrationOption = Annotated[
    list[Path] | None, typer.Option(help="Noisy recordings; the model's own calibration by default.")
]
NoisyOption = Annotated[Path | None, typer.Option(help="Folder of noisy recordings, to measure PESQ on.")]
CleanOption = Annotated[
    Path | None, typer.Option(help="Folder of the clean recordings, with the same names.")
]


def _print_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn a small audio network into verified firmware."""


def verb(function: Callable[..., None], group: typer.Typer = app) -> Callable[..., None]:
    """Register a command whose errors are one sentence and exit code 2."""

    @functools.wraps(function)
    def guarded(*args: object, **kwargs: object) -> None:
        try:
            function(*args, **kwargs)
            if sys.stdout is not None:
                sys.stdout.flush()
        except OssicleError as error:
            fail(str(error))
        except KeyboardInterrupt:
            fail("interrupted; no half-written file was left behind")
        except BrokenPipeError:
            sys.stdout = None
            fail("the reader of the output went away")
        except OSError as error:
            # What Python still holds back of the output would fail again when it ends.
            sys.stdout = None
            fail(
                f"cannot write ({error.strerror or error}){_where(error)}; make room, or choose another place"
            )

    alone = ("models", "bench", "live", "list_corpora")
    name = function.__name__.partition("_")[0]
    return group.command(name, no_args_is_help=function.__name__ not in alone)(guarded)


def _where(error: OSError) -> str:
    return f" to {error.filename}" if error.filename else ""


def visible(text: str) -> str:
    """A text with escapes in place of control characters, by which a name could rule a terminal."""
    return CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def say(text: object) -> None:
    """Print a line on standard output."""
    print(visible(str(text)), flush=True)


def fail(sentence: str) -> None:
    """Say what went wrong and leave with exit code 2."""
    _tell(sentence, "red")
    raise typer.Exit(2)


def _tell(sentence: str, style: str) -> None:
    text = f"ossicle: {visible(sentence)}"
    errors.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


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


@contextmanager
def stage_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function that is told what is done and how much of it, and shows that on a bar."""
    with progress_bar() as bar:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done)

        yield progress


def warn(sentence: str) -> None:
    """Say on standard error what may be wrong, and go on."""
    _tell(sentence, "yellow")


def print_json(results: object) -> None:
    """Print plain data; numbers that JSON lacks become null."""
    print(json.dumps(plain(results), indent=2))


def show(parts: "Iterable[Shown]") -> None:
    """Print lines and tables."""
    for part in parts:
        if isinstance(part, str):
            say(part)
        else:
            print_table(part.columns, part.rows)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table, its first column left and the others right aligned."""
    table = Table(*columns, title=visible(title) or None, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    _console().print(table)


def print_lost(found: "ChangedModel") -> None:
    """Print what a model lost to the one that it was made of."""
    noise = f"{found.sqnr_db:.1f} dB" if math.isfinite(found.sqnr_db) else "no error"
    say(f"SQNR of the output, on {found.measured_on}: {noise}")
    if found.pesq_lost is not None:
        say(f"PESQ lost to fp32: {found.pesq_lost:.3f}")


def _console() -> Console:
    """Standard output; as wide as a table needs where no terminal shows it."""
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(width=wide)
