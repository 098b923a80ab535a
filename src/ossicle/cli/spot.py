"""The verb that listens for keywords."""

from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.api import Spotted
from ossicle.audio.files import repaired_text
from ossicle.cli.app import (
    JsonOption,
    ModelOption,
    SchemeOption,
    errors,
    fail,
    print_json,
    print_table,
    say,
    verb,
    warn,
)
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.tasks.spotting.record import Spotting


@verb
def spot(
    inputs: Annotated[list[Path] | None, typer.Argument(help="Audio files.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Listen to the microphone until Ctrl-C.")] = False,
    model: ModelOption = "dscnn",
    scheme: SchemeOption = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Lowest mean probability at which a word is reported; the model has a default."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Find the keywords in recordings, or listen for them with the microphone.

    Each is printed with the second at which it was recognized and its probability. The channels of a
    recording are averaged.

    Example: ossicle spot talk.wav --threshold 0.9
    """
    if bool(inputs) == live:
        raise OssicleError("give recordings, or --live for the microphone")
    loaded = api.load_quantized(model, scheme, Spotting.name)
    if not inputs:
        _listen(loaded, threshold)
        return
    found = api.spot(loaded, inputs, threshold)
    for file in found.files:
        if file.repaired:
            warn(repaired_text(file.file, file.repaired))
    if json_:
        print_json(found.as_dict())
    else:
        _print_words(found)
    if found.failures:
        fail("\nossicle: ".join(found.failures))


def _print_words(found: Spotted) -> None:
    rows = [
        [file.file, f"{word.seconds:.2f}", word.word, f"{word.confidence:.2f}"]
        for file in found.files
        for word in file.words
    ]
    if rows:
        print_table(["file", "seconds", "word", "confidence"], rows)
    silent = [file.file for file in found.files if not file.words]
    if silent:
        say(f"no keyword in {', '.join(silent)}")


def _listen(model: Model, threshold: float | None) -> None:
    words, task = api.listen(model, threshold), model.graph.task
    assert isinstance(task, Spotting)  # Others were refused when the model was loaded.
    errors.print(f"listening for {', '.join(task.keywords)}; Ctrl-C ends", style="dim")
    for word in words:
        say(f"{word.seconds:8.2f} s  {word.word:12} {word.confidence:.2f}")
