"""The verb that cleans what a microphone hears, as it is heard."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.live import Live
from rich.text import Text

from ossicle import api
from ossicle.api.built import load_program
from ossicle.api.sessions import BUFFER_MS
from ossicle.audio.devices import list_devices
from ossicle.audio.level import rms_dbfs
from ossicle.audio.reading import Stored
from ossicle.audio.writing import create_audio
from ossicle.cli.app import (
    AttenuationOption,
    JsonOption,
    ModelOption,
    SchemeOption,
    errors,
    print_json,
    print_table,
    say,
    verb,
    visible,
    warn,
)
from ossicle.cli.keys import pressed_keys
from ossicle.errors import OssicleError
from ossicle.tasks.suppression.program import SuppressorProgram
from ossicle.tasks.suppression.settings import Suppression

TOGGLE, LESS, MORE, END = " ", "-", "+", "q"
STRENGTHS_DB = (0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 24.0, 30.0)
"""Limits of attenuation that the keys go through; beyond the last there is none."""
LOWEST_DBFS = -60.0
"""Level at which a meter is empty; it is full at full scale."""
CELLS = 30
SAVED = ("before.wav", "after.wav")


@verb
def live(
    source: Annotated[
        str | None, typer.Option("--input", help="Number, name or part of the name of the microphone.")
    ] = None,
    sink: Annotated[
        str | None, typer.Option("--output", help="The same of the headphones or the virtual device.")
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list-devices", help="List the sound devices, and do nothing else.")
    ] = False,
    model: ModelOption = "gru256",
    scheme: SchemeOption = None,
    gain: Annotated[
        float,
        typer.Option(min=-100, max=100, help="Amplification in dB for the network, taken back after it."),
    ] = 0.0,
    attenuation: AttenuationOption = None,
    rate: Annotated[
        int | None,
        typer.Option(
            min=1000,
            help="Sample rate of both devices; by default the model's, or else one that they take.",
            show_default=False,
        ),
    ] = None,
    buffer_ms: Annotated[
        float,
        typer.Option(min=1, max=2000, help="Sound that each device may hold back; more against dropouts."),
    ] = BUFFER_MS,
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Sound after which it ends; by default at a key.")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help=f"Folder for what was heard and what was cleaned: {' and '.join(SAVED)}."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Clean what a microphone hears, and play it in headphones or into a virtual device.

    Meters show the level before and after, the load of a core, and the delay. Space changes between before
    and after, which have the same delay; - and + change how much noise is taken away; q or Ctrl-C ends. Use
    headphones: a loudspeaker would be heard by the microphone.

    Example: ossicle live --input USB --output pulse
    """
    if list_only:
        _print_devices(json_)
        return
    program = load_program(model, scheme, Suppression.name)
    assert isinstance(program, SuppressorProgram)
    with ExitStack() as stack:
        session = stack.enter_context(api.live(program, source, sink, rate, gain, buffer_ms, attenuation))
        begun = session.summary()
        write = stack.enter_context(_saving(save, begun.rate))
        errors.print(
            f"listening to {visible(begun.input)}, playing on {visible(begun.output)}, {begun.rate} Hz; "
            "space: before or after; - and +: less or more; q: end",
            style="dim",
            markup=False,
            highlight=False,
        )
        _watch(session, write, seconds)
        ended = session.summary()
    if json_:
        print_json(ended.as_dict())
    else:
        say(f"{ended.seconds:.1f} s, dropouts: {ended.dropouts}")
        say(f"delay: {ended.latency_ms:.0f} ms, of which the cleaning {ended.cleaning_ms:.1f} ms")
        say(f"load of a core: {ended.load:.1%}, at most {ended.highest_load:.1%}")
    if ended.dropouts:
        warn(f"samples were lost in {ended.dropouts} blocks; try --buffer-ms {2 * buffer_ms:.0f}")


def _watch(session: api.LiveSession, write: Callable[[api.LiveMoment], None], seconds: float | None) -> None:
    """Show the meters and obey the keys until the end."""
    with pressed_keys() as keys, Live(console=errors, transient=True, auto_refresh=False) as display:
        try:
            for moment in session:
                write(moment)
                summary, pressed = session.summary(), keys()
                if END in pressed or (seconds is not None and summary.seconds >= seconds):
                    return
                session.bypass ^= pressed.count(TOGGLE) % 2 == 1
                for key in pressed:
                    session.attenuation_db = _strength(session.attenuation_db, key)
                if errors.is_terminal:
                    display.update(_meters(moment, summary, session), refresh=True)
        except KeyboardInterrupt:
            return


def _strength(limit_db: float | None, key: str) -> float | None:
    """The limit of attenuation after a key was pressed."""
    now = math.inf if limit_db is None else limit_db
    if key == LESS:
        return max((one for one in STRENGTHS_DB if one < now), default=0.0)
    if key == MORE:
        return min((one for one in STRENGTHS_DB if one > now), default=None)
    return limit_db


def _meters(moment: api.LiveMoment, summary: api.LiveSummary, session: api.LiveSession) -> Text:
    limit = session.attenuation_db
    after = "after" if limit is None else f"after, at most {limit:.0f} dB"
    heard = "before" if session.bypass else after
    lines = [
        _meter("in", rms_dbfs(moment.before)),
        _meter("out", rms_dbfs(moment.before if session.bypass else moment.after)),
        f"load {moment.load:4.0%}   delay {summary.latency_ms:.0f} ms   dropouts {summary.dropouts}   "
        f"you hear: {heard}",
    ]
    return Text("\n".join(lines))


def _meter(name: str, dbfs: float) -> str:
    filled = round(CELLS * min(max(1 - dbfs / LOWEST_DBFS, 0.0), 1.0))
    level = f"{dbfs:4.0f} dBFS" if np.isfinite(dbfs) else "  silence"
    return f"{name:4} {'█' * filled}{'·' * (CELLS - filled)} {level}"


@contextmanager
def _saving(folder: Path | None, rate: int) -> Iterator[Callable[[api.LiveMoment], None]]:
    """A function that appends a moment to the files of a folder, or does nothing without one."""
    if folder is None:
        yield lambda moment: None
        return
    if not folder.is_dir():
        raise OssicleError(f"there is no folder {folder} to save into; make it, or choose another")
    with ExitStack() as stack:
        stored = Stored(rate, 1, "FLOAT", "WAV", None)
        before, after = (stack.enter_context(create_audio(folder / name, stored)) for name in SAVED)

        def write(moment: api.LiveMoment) -> None:
            before.write(moment.before[:, None])
            after.write(moment.after[:, None])

        yield write


def _print_devices(json_: bool) -> None:
    found = list_devices()
    if json_:
        print_json([asdict(device) for device in found])
        return
    rows = [
        [
            str(device.number),
            device.name,
            device.system,
            str(device.inputs),
            str(device.outputs),
            str(device.rate),
            ", ".join(device.default),
        ]
        for device in found
    ]
    print_table(["number", "name", "system", "inputs", "outputs", "Hz", "the usual one for"], rows)
