"""How much memory plans take, beside the least that is possible.

    pip install -e '.[placement]'
    python benchmarks/placement.py FOLDER --record

Of the models that ship and of all networks in a folder: model files, and ONNX and TFLite files that can be
imported without options. Each is planned for the portable kernels, in floats and in two schemes of integers;
one that has integers in its file keeps those. What no calibration came with is calibrated on random inputs,
for no size depends on that.

A plan cannot take less than its fields and the bytes of scratch that are in use at the busiest time. Where it
takes more, CP-SAT, an exact solver, says how small the scratch area can be with these live ranges.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import tables.placement
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.model import Model
from ossicle.importers.formats import is_foreign
from ossicle.schedule import Plan, plan
from ossicle.schedule.scratch import ALIGNMENT, Buffer, aligned, busiest
from ossicle.zoo import zoo_names

SCHEMES = ("fp32", "w8a16", "int8")
FRAMES = 8
"""Of random inputs that imported networks are calibrated on."""
SECONDS = 60.0


def main(
    folder: Annotated[Path | None, typer.Argument(help="Of networks besides those that ship.")] = None,
    seconds: Annotated[float, typer.Option(help="That the solver may take for a plan.")] = SECONDS,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print the bytes of each plan, and the least that are possible."""
    results, paths = {}, []
    for name, model in networks(folder):
        for scheme in ["kept"] if model.graph.quantized else SCHEMES:
            try:
                results[f"{Path(name).stem} {scheme}"] = figures(in_scheme(model, scheme), seconds)
            except OssicleError as error:
                typer.echo(f"{Path(name).stem} {scheme}: {error}", err=True)
        paths.append(name)
    settings = {"seconds": seconds, "frames": FRAMES}
    packages = ["ortools"] if any(row["solved"] for row in results.values()) else []
    found = Result("placement", settings, results, paths, packages=packages)
    conclude(found, tables.placement.tables(results, settings), record, json_)


def networks(folder: Path | None) -> Iterator[tuple[str, Model]]:
    """The models that ship by name, and those of a folder by path; what cannot be imported is passed over."""
    for name in zoo_names():
        yield name, api.load(name)
    for path in sorted(folder.iterdir()) if folder else ():
        try:
            yield str(path), api.import_network(path, steps=0) if is_foreign(path) else api.load(path)
        except OssicleError as error:
            typer.echo(f"{path.name}: {error}", err=True)


def in_scheme(model: Model, scheme: str) -> Graph:
    """A network in a scheme; one of kept integers as it is."""
    if model.graph.quantized:
        return model.graph
    clips = None
    if not model.calibration.spans:
        clips = [[values[:FRAMES] for values in model.graph.task.record.example(model.graph, {})]]
    return api.quantize(model, scheme, clips).graph


def figures(graph: Graph, seconds: float) -> dict[str, Any]:
    """Of one plan: bytes, the least that are possible, and values that only move in a frame."""
    found = plan(graph)
    least, proven, solved = least_scratch(found, seconds)
    gathers = [node.outputs["y"] for node in graph.nodes if node.op == "gather"]
    return {
        "fields": found.scratch_offset,
        "scratch": found.scratch_bytes,
        "least_scratch": least,
        "proven": proven,
        "solved": solved,
        "ratio": found.state_bytes / (found.scratch_offset + least),
        "gathered": sum(graph.tensors[name].size for name in gathers),
        "copied": sum(graph.tensors[state.input].size for state in found.copied_states),
    }


def least_scratch(found: Plan, seconds: float) -> tuple[int, bool, bool]:
    """The least bytes of scratch, or a lower bound; whether a plan has so few; whether a solver said so."""
    _, used = busiest(found.scratch)
    if used == found.scratch_bytes:
        return used, True, False
    return *solve(found.scratch, seconds), True


def solve(buffers: tuple[Buffer, ...], seconds: float) -> tuple[int, bool]:
    """The height that buffers need, proven, or else the solver's lower bound of it after some seconds.

    Each is a rectangle, from its first time to its last and from its offset to its end; none overlap.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    most = sum(aligned(buffer.bytes) for buffer in buffers) // ALIGNMENT
    height = model.new_int_var(busiest(buffers)[1] // ALIGNMENT, most, "height")
    times, places = [], []
    for buffer in buffers:
        size = aligned(buffer.bytes) // ALIGNMENT
        offset = model.new_int_var(0, most - size, buffer.name)
        model.add_hint(offset, buffer.offset // ALIGNMENT)
        model.add(offset + size <= height)
        lasts = buffer.last - buffer.first + 1
        times.append(model.new_fixed_size_interval_var(buffer.first, lasts, f"{buffer.name} times"))
        places.append(model.new_fixed_size_interval_var(offset, size, f"{buffer.name} places"))
    model.add_no_overlap_2d(times, places)
    model.minimize(height)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    proven = solver.solve(model) == cp_model.OPTIMAL
    return ALIGNMENT * round(solver.best_objective_bound), proven


if __name__ == "__main__":
    typer.run(main)
