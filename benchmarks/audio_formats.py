"""Every format of audio files, read and written: is the sound right, refused in a sentence, or wrong?

    python benchmarks/audio_formats.py --record

*In*: libsndfile itself writes a file of each kind, in each encoding that the kind has; Ossicle reads it.
*Out*: Ossicle writes a file of each kind, of sound that was stored as 16-bit, 24-bit or float samples;
libsndfile reads it. Both at several rates and numbers of channels. Each kind is tried in a process of its
own, so that a crash or a case without end is a result as well.
"""

import multiprocessing
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import tables.audio_formats
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle.audio.files import read_audio
from ossicle.audio.formats import ENDINGS, UNWRITABLE
from ossicle.audio.reading import Stored
from ossicle.audio.writing import create_audio
from ossicle.errors import OssicleError

RATES = (8000, 16000, 48000, 192_000)
CHANNELS = (1, 2, 6)
STORED = ("PCM_16", "PCM_24", "FLOAT")
SECONDS = 0.24
LIMIT_S = 10
"""A case that takes longer hangs."""
LEAST_SNR_DB = {"PCM_16": 80.0, "PCM_24": 125.0, "PCM_32": 130.0, "FLOAT": 130.0, "DOUBLE": 130.0}
"""Of encodings that lose nothing but what rounding loses, for a sine at -6 dBFS."""
LOSSLESS_SNR_DB = {"ALAC_16": 80.0, "ALAC_20": 100.0, "ALAC_24": 120.0, "ALAC_32": 120.0}
LOSSY_SNR_DB = 6.0
"""Of all others: the tone is there, at its place and of its level."""


@dataclass(frozen=True)
class Case:
    """A file: which kind, stored how, of what sound."""

    direction: str
    """``in`` or ``out``."""
    kind: str
    subtype: str
    rate: int
    channels: int


def main(record: RecordOption = False, json_: JsonOption = False) -> None:
    """Print how many files of each format are right, refused and wrong."""
    results = {}
    for kind in sorted(set(soundfile.available_formats()) - {"RAW"}):
        results[kind] = counts(kind)
        print(kind, results[kind], file=sys.stderr)
    settings = {
        "rates": RATES,
        "channels": CHANNELS,
        "stored": STORED,
        "seconds": SECONDS,
        "limit_s": LIMIT_S,
        "libsndfile": soundfile.__libsndfile_version__,
    }
    found = Result("audio_formats", settings, results, packages=["soundfile"])
    conclude(found, tables.audio_formats.tables(results), record, json_)


def cases(kind: str) -> Iterator[Case]:
    """All files of a kind."""
    for rate in RATES:
        for channels in CHANNELS:
            for subtype in soundfile.available_subtypes(kind):
                yield Case("in", kind, subtype, rate, channels)
            if kind not in UNWRITABLE:
                for stored in STORED:
                    yield Case("out", kind, stored, rate, channels)


def counts(kind: str) -> dict[str, Any]:
    """How the cases of a kind end, by direction; the sentences of those refused; each that is wrong."""
    ends: dict[str, Counter[str]] = {"in": Counter(), "out": Counter()}
    wrong, reasons = [], set()
    left = list(cases(kind))
    while left:
        for case, end in zip(left, outcomes(left), strict=False):
            word = end.partition(":")[0]
            ends[case.direction][word] += 1
            if word == "refused":
                reasons.add(reason(end))
            elif word not in ("right", "not made"):
                wrong.append(f"{case}: {end}")
        done = sum(map(Counter.total, ends.values()))
        left = list(cases(kind))[done:]
    return {"in": dict(ends["in"]), "out": dict(ends["out"]), "reasons": sorted(reasons), "wrong": wrong}


def reason(end: str) -> str:
    """What a refusal says of the format: no name of the file, no figures of the case, no way out."""
    words = end.partition(": ")[2].partition(";")[0]
    words = re.sub(r"(file:)?/\S*/sound\.\w+", "the file", words)
    return re.sub(r", and the .*", "", words).removeprefix("cannot write the file: ")


def outcomes(left: list[Case]) -> Iterator[str]:
    """How cases end, in order, up to the first one that its process does not survive."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=try_all, args=(left, there))
    process.start()
    there.close()
    try:
        for _ in left:
            if not here.poll(LIMIT_S):
                yield f"hang: over {LIMIT_S} s"
                return
            yield here.recv()
    except EOFError:
        process.join()
        yield f"crash: {signal.Signals(-(process.exitcode or -1)).name}"
    finally:
        process.kill()
        process.join()


def try_all(left: list[Case], results: Connection) -> None:
    """Try cases, and send how each ends."""
    with tempfile.TemporaryDirectory() as folder:
        for case in left:
            results.send(outcome(case, Path(folder)))


def outcome(case: Case, folder: Path) -> str:
    """How a case ends: ``right``, ``refused``, ``not made``, or a word and a reason."""
    endings = {kind: ending for ending, kind in ENDINGS.items()} | {"AIFF": "aiff", "WAV": "wav"}
    path = folder / f"sound.{endings.get(case.kind, case.kind).lower()}"
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(SECONDS * case.rate)) / case.rate)
    samples = np.repeat(tone.astype(np.float32)[:, None], case.channels, axis=1)
    run: Callable[[Case, Path, np.ndarray], str] = heard if case.direction == "in" else made
    try:
        return run(case, path, samples)
    except OssicleError as error:
        return f"refused: {error}"
    except Exception as error:  # this is what is looked for
        return f"error: {error!r}"
    finally:
        for rest in folder.iterdir():
            rest.unlink()


def heard(case: Case, path: Path, samples: np.ndarray) -> str:
    """A file of libsndfile, read."""
    try:
        soundfile.write(path, samples, case.rate, case.subtype, format=case.kind)
        known = soundfile.info(path)
    except (soundfile.LibsndfileError, ValueError, TypeError):
        return "not made"
    if (known.samplerate, known.channels) != (case.rate, case.channels):
        return "not made"
    found = read_audio(path)
    return judged(samples, found.samples, found.rate, case, case.subtype)


def made(case: Case, path: Path, samples: np.ndarray) -> str:
    """A file of Ossicle's, read by libsndfile."""
    with create_audio(path, Stored(case.rate, case.channels, case.subtype, "", len(samples))) as file:
        file.write(samples)
    found, rate = soundfile.read(path, dtype="float32", always_2d=True)
    info = soundfile.info(path)
    if info.format != case.kind:
        return f"wrong: it is {info.format}"
    return judged(samples, found, rate, case, info.subtype)


def judged(meant: np.ndarray, found: np.ndarray, rate: int, case: Case, subtype: str) -> str:
    """Whether sound is what was meant, as closely as its encoding allows."""
    if rate != case.rate or found.shape[1] != case.channels:
        return f"wrong: {rate} Hz, {found.shape[1]} channels"
    least = (LEAST_SNR_DB | LOSSLESS_SNR_DB).get(subtype)
    if least is None:
        return "right" if (snr := lossy_snr_db(meant, found)) > LOSSY_SNR_DB else f"wrong: {snr:.1f} dB"
    if len(found) != len(meant):
        return f"wrong: {len(found)} of {len(meant)} samples"
    snr = snr_db(meant, found)
    return "right" if snr > least else f"wrong: {snr:.1f} dB in {subtype}"


def lossy_snr_db(meant: np.ndarray, found: np.ndarray) -> float:
    """SNR of the middle half: encoders of blocks add samples at the end and fade in at the start."""
    if abs(len(found) - len(meant)) > len(meant) // 2:
        return -np.inf
    quarter = len(meant) // 4
    middle = slice(quarter, min(3 * quarter, len(found)))
    return snr_db(meant[middle], found[middle])


def snr_db(meant: np.ndarray, found: np.ndarray) -> float:
    """Signal over error, in dB."""
    error = np.mean((found.astype(np.float64) - meant) ** 2)
    return float(10 * np.log10(np.mean(meant.astype(np.float64) ** 2) / max(error, 1e-20)))


if __name__ == "__main__":
    typer.run(main)
