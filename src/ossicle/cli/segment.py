"""The verb that finds voice."""

from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.api import Segmented
from ossicle.audio.files import repaired_text
from ossicle.cli.app import JsonOption, SchemeOption, fail, print_json, print_table, say, verb, warn
from ossicle.tasks.voice.record import Voice


@verb
def segment(
    inputs: Annotated[list[Path], typer.Argument(help="Audio files.")],
    model: Annotated[str, typer.Option(help="The path of a voice detector's .ossicle file.")],
    scheme: SchemeOption = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Probability at which voice begins; the model has a default."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Find where somebody speaks in recordings.

    Each segment is printed with the seconds at which it begins and ends, and its mean probability. The
    channels of a recording are averaged. A voice detector is imported: ossicle import silero_vad_16k.onnx
    -o silero.ossicle --front-end silero.

    Example: ossicle segment talk.wav --model silero.ossicle
    """
    loaded = api.load_quantized(model, scheme, Voice.name)
    found = api.segment(loaded, inputs, threshold)
    for file in found.files:
        if file.repaired:
            warn(repaired_text(file.file, file.repaired))
    if json_:
        print_json(found.as_dict())
    else:
        _print_segments(found)
    if found.failures:
        fail("\nossicle: ".join(found.failures))


def _print_segments(found: Segmented) -> None:
    rows = [
        [file.file, f"{part.start:.2f}", f"{part.end:.2f}", f"{part.confidence:.2f}"]
        for file in found.files
        for part in file.segments
    ]
    if rows:
        print_table(["file", "start s", "end s", "confidence"], rows)
    silent = [file.file for file in found.files if not file.segments]
    if silent:
        say(f"no voice in {', '.join(silent)}")
