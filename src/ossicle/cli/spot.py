"""The verb that listens for keywords."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ossicle import api
from ossicle.audio.files import read_audio, repair, repaired_text, resample
from ossicle.cli.app import (
    JsonOption,
    ModelOption,
    SchemeOption,
    errors,
    load_quantized,
    print_json,
    print_table,
    verb,
)
from ossicle.errors import OssicleError
from ossicle.graph import Spotting
from ossicle.run import SpotterProgram
from ossicle.run.spot import Detection


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
    program = api.compile(load_quantized(model, scheme, Spotting))
    if live:
        _listen(program, threshold)
        return
    found = {str(path): _spot(program, path, threshold) for path in inputs}
    if json_:
        print_json({file: [asdict(word) for word in words] for file, words in found.items()})
        return
    rows = [
        [file, f"{word.seconds:.2f}", word.word, f"{word.confidence:.2f}"]
        for file, words in found.items()
        for word in words
    ]
    if rows:
        print_table(["file", "seconds", "word", "confidence"], rows)
    silent = [file for file, words in found.items() if not words]
    if silent:
        print(f"no keyword in {', '.join(silent)}")


def _spot(program: SpotterProgram, path: Path, threshold: float | None) -> list[Detection]:
    audio, repaired = repair(read_audio(path))
    if repaired:
        errors.print(repaired_text(path, repaired))
    signal = resample(audio.samples, audio.rate, program.sample_rate).mean(axis=1)
    return program.spot(signal, threshold).detections


def _listen(program: SpotterProgram, threshold: float | None) -> None:
    stream = program.open(threshold)
    errors.print(f"listening for {', '.join(program.summary['keywords'])}; Ctrl-C ends", style="dim")
    for hop in _microphone(program.sample_rate, program.hop):
        for word in stream.push(hop).detections:
            print(f"{word.seconds:8.2f} s  {word.word:12} {word.confidence:.2f}", flush=True)


def _microphone(sample_rate: int, hop: int) -> Iterator[np.ndarray]:
    """Hops of samples from the default input device, without end."""
    try:
        import sounddevice
    except ImportError:
        raise OssicleError("the microphone needs sounddevice; pip install 'ossicle[live]'") from None
    except OSError:
        raise OssicleError("sounddevice needs PortAudio; on Debian: apt install libportaudio2") from None
    try:
        with sounddevice.InputStream(sample_rate, hop, channels=1, dtype="float32") as device:
            while True:
                yield device.read(hop)[0][:, 0]
    except sounddevice.PortAudioError as error:
        raise OssicleError(f"the microphone cannot be opened ({error}); check the input device") from None
