"""The tables and the picture of ``speed.py``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ossicle.report.figure import new_figure, save
from tables import Table

BYTES_OF_MAC = {"fp32": 4, "w8a16": 1, "int8": 1}
"""Of weights."""
PEAKS = {"fp32": "macs_per_s_f32", "w8a16": "macs_per_s_s16", "int8": "macs_per_s_s8"}
RIVAL = "LiteRT, dynamic int8"
"""Beside whose time those of the others are set, where it is there."""
GATES = {"gru": 3, "lstm": 4}


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each program; a result of the zoo alone has one table."""
    found = [_zoo(results, settings)]
    if "by_network" in results:
        found += [_network(name, results) for name in settings["networks"]]
        found += [_suppressors(results), _streams(results)]
    return found


def _zoo(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    cases = [f"{name} {scheme}" for name in settings["models"] for scheme in settings["schemes"]]
    rows = [
        [case, f"{results[case]['median_us']:.1f}", f"{results[case]['real_time_factor']:.4f}"]
        for case in cases
    ]
    title = f"one core, median of {settings['rounds']} rounds in turn"
    return Table(title, ["model, scheme", "us per frame", "of real time"], rows)


def _network(network: str, results: Mapping[str, Any]) -> Table:
    engines, floors = results["by_network"][network], results["floors"]
    rival = engines.get(RIVAL)
    rows = [
        [
            name,
            *(f"{of[kind]:.1f}" for kind in ("fastest_us", "median_us", "p99_us")),
            f"{of['fastest_us'] / rival['fastest_us']:.2f}" if rival else "",
            *_floors(name, network, floors),
        ]
        for name, of in engines.items()
    ]
    columns = ["engine", "fastest", "median", "p99", "of LiteRT's fastest"]
    columns += ["floor of reading", "floor of products"]
    return Table(f"the network of {network} alone, us per frame", columns, rows)


def _floors(name: str, network: str, floors: Mapping[str, float]) -> list[str]:
    scheme = name.removeprefix("Ossicle, ")
    peak = floors.get(PEAKS.get(scheme, ""))
    if not peak:
        return ["", ""]
    macs = network_macs(network)
    rate = floors[f"read_bytes_per_s_{4 if scheme == 'fp32' else 1}_mb"]
    return [f"{1e6 * macs * BYTES_OF_MAC[scheme] / rate:.1f}", f"{1e6 * macs / peak:.1f}"]


def network_macs(network: str, bins: int = 257, layers: int = 2) -> int:
    """Products of a frame."""
    cell, size = re.fullmatch(r"([a-z]+)(\d+)", network).groups()
    hidden = int(size)
    return 2 * bins * hidden + bins * bins + layers * 2 * GATES[cell] * hidden * hidden


def _suppressors(results: Mapping[str, Any]) -> Table:
    rows = [
        [name, f"{of['median_us'] / 1e6:.4f}", f"{of['p99_us'] / 1e6:.4f}"]
        for name, of in {**results["suppressors"], **results["published"]}.items()
    ]
    return Table("suppressors, from samples to samples, of real time", ["", "median", "p99"], rows)


def _streams(results: Mapping[str, Any]) -> Table:
    alone = results["by_streams"]["1"]["median_us"]
    rows = [
        [count, f"{of['median_us']:.1f}", f"{alone / of['median_us']:.2f}"]
        for count, of in sorted(results["by_streams"].items(), key=lambda item: int(item[0]))
    ]
    return Table("streams side by side", ["streams", "us per frame of each", "times one at a time"], rows)


def draw(results: Mapping[str, Any], settings: Mapping[str, Any], path: Path) -> None:
    """Microseconds over the hidden size, and over the number of streams."""
    figure, (by_size, by_streams) = new_figure(path, 2)
    sizes = [int(size) for size in results["sizes"]]
    for name in results["sizes"][str(sizes[0])]:
        times = [of[name]["median_us"] for of in results["sizes"].values()]
        by_size.loglog(sizes, times, "o-", label=name)
    by_size.set_xlabel("hidden units")
    by_size.set_ylabel("us per frame, the network alone")
    counts = [int(count) for count in results["by_streams"]]
    times = [of["median_us"] for of in results["by_streams"].values()]
    by_streams.semilogx(counts, times, "o-", base=2)
    by_streams.set_ylim(bottom=0)
    by_streams.set_xlabel("streams side by side")
    by_streams.set_ylabel(f"us per frame of each, {settings['model']} {settings['scheme']}")
    for axes, ticks in ((by_size, sizes), (by_streams, counts)):
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
    by_size.legend()
    save(figure, path)
