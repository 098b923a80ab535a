"""How long a frame takes on one core of this computer: of our models, other engines, other suppressors.

    python benchmarks/speed.py --record         # all of it, into benchmarks/results/speeds/PROCESSOR.json
    python benchmarks/speed.py --zoo --record   # the models that ship, into benchmarks/results/speed.json

All programs of a section run in turns of some frames on one core, so that other work is unfair to none of
them; publish times from a machine that does nothing else. The result has the median and the 99th percentile
of the turns. Engines have one thread. Beside the network's time are its floors: the bytes of its weights
over those that the core reads in a second, and its products over those that it adds in a second, both
measured. Engines and suppressors that are not installed are left out; so are networks where ``--models``
has no file.
"""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import speed_engines
import tables.speed
import typer
from record import JsonOption, RecordOption, Result, conclude, processor
from speed_engines import PACKAGES, Turn
from speed_networks import random_weights

from ossicle import api
from ossicle.measure.speed import time_programs
from ossicle.targets import load_target
from ossicle.zoo import zoo_names

SCHEMES = ("fp32", "mixed", "w8a16", "int8")
RACED = ("fp32", "w8a16", "int8")
NETWORKS = {f"{cell}{hidden}": (cell, hidden) for cell in ("gru", "lstm") for hidden in (256, 128)}
"""Sizes of the suppressors that ship."""
MODEL = "gru256"
SIZES = (64, 128, 256, 512, 1024)
STREAMS = (1, 2, 4, 8, 16, 32, 64)
PUBLISHED = {"GTCRN": "gtcrn.onnx", "FastEnhancer-T": "fastenhancer_t_spec.onnx"}
"""Published networks, whose frames are 16 ms, and their files."""
HOP_S = 0.016
FRAMES, SECONDS = 64, 1.0
"""Of a turn, of networks and of suppressors: long enough that caches, cold after the others, hardly count."""


def main(
    zoo: Annotated[bool, typer.Option("--zoo", help="Time the models that ship, and nothing else.")] = False,
    models: Annotated[
        Path | None, typer.Option(help="Folder of ONNX files of published networks, to race them too.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=2, help="Turns of each program.")] = 60,
    core: Annotated[int, typer.Option(help="Core to stay on, where the system can do that.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Picture to draw: .png or .svg.")] = None,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print microseconds a frame, and of suppressors the share of real time."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    names = zoo_names()
    settings: dict[str, Any] = {"models": names, "schemes": SCHEMES, "rounds": rounds}
    results: dict[str, Any] = _zoo(names, min(rounds, 15))
    if zoo:
        found = Result("speed", settings, results, names, timed=True)
        conclude(found, tables.speed.tables(results, settings), record, json_)
        return
    settings |= {"networks": tuple(NETWORKS), "model": MODEL, "sizes": SIZES, "streams": STREAMS}
    settings |= {"frames": FRAMES, "seconds": SECONDS, "scheme": load_target("host").scheme}
    results |= {
        "by_network": {name: _network(*of, rounds) for name, of in NETWORKS.items()},
        "suppressors": _suppressors(rounds),
        "published": _published(models, rounds),
        "sizes": {str(hidden): _of_size(hidden, rounds) for hidden in SIZES},
        "by_streams": _streams(rounds),
        "floors": speed_engines.floors(),
    }
    packages = [package for package in PACKAGES if speed_engines.installed(package)]
    slug = re.sub(r"[^a-z0-9]+", "-", processor().lower()).strip("-")
    found = Result(f"speeds/{slug}", settings, results, names, packages=packages, timed=True)
    if plot:
        tables.speed.draw(results, settings, plot)
    conclude(found, tables.speed.tables(results, settings), record, json_)


def _zoo(names: list[str], rounds: int) -> dict[str, Any]:
    cases = [(name, scheme) for name in names for scheme in SCHEMES]
    programs = {f"{n} {scheme}": api.compile(api.quantize(api.load(n), scheme)) for n, scheme in cases}
    return {case: asdict(speed) for case, speed in time_programs(programs, rounds).items()}


def _race(turns: Mapping[str, Turn], rounds: int, frames: int) -> dict[str, dict[str, float]]:
    """Microseconds a frame of each program, after a turn that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in turns}
    for run in turns.values():
        run()
    for _ in range(rounds):
        for name, run in turns.items():
            begun = time.perf_counter()
            run()
            taken[name].append(1e6 * (time.perf_counter() - begun) / frames)
    return {name: _summary(times) for name, times in taken.items()}


def _summary(times: list[float]) -> dict[str, float]:
    return {
        "median_us": float(np.median(times)),
        "p99_us": float(np.percentile(times, 99)),
        "fastest_us": min(times),
    }


def _network(cell: str, hidden: int, rounds: int) -> dict[str, dict[str, float]]:
    turns = speed_engines.networks(random_weights(cell, hidden), FRAMES, RACED)
    return _race(turns, rounds, FRAMES)


def _of_size(hidden: int, rounds: int) -> dict[str, dict[str, float]]:
    schemes = [load_target("host").scheme]  # A compiler takes minutes for millions of floats.
    turns = speed_engines.networks(random_weights("gru", hidden), FRAMES, schemes, engines=False)
    return _race(turns, max(rounds // 3, 2), FRAMES)


def _suppressors(rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds for a second of sound."""
    model = api.quantize(api.load(MODEL))
    return _race(speed_engines.suppressors(model, SECONDS), rounds, SECONDS)


def _published(folder: Path | None, rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds for a second of sound, of networks without what is around them."""
    files = {name: folder / file for name, file in PUBLISHED.items()} if folder else {}
    turns = {
        f"{name}, the network in ONNX Runtime": speed_engines.onnxruntime_turn(path, None, FRAMES)
        for name, path in files.items()
        if path.is_file() and speed_engines.installed("onnxruntime")
    }
    return _race(turns, rounds, FRAMES * HOP_S)


def _streams(rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds for a frame of one stream, where so many run side by side."""
    model = api.quantize(api.load(MODEL))
    total = FRAMES * max(STREAMS)  # in each turn, whatever the number of streams
    turns = {str(count): speed_engines.streams_turn(model, count, total // count) for count in STREAMS}
    return _race(turns, max(rounds // 3, 2), total)


if __name__ == "__main__":
    typer.run(main)
