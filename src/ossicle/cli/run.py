"""The verb that runs a model on an emulated chip or cluster."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.audio.files import repaired_text
from ossicle.cli.app import (
    JsonOption,
    ModelArgument,
    SchemeOption,
    errors,
    fail,
    print_json,
    print_table,
    progress_bar,
    verb,
)
from ossicle.cli.cluster import L1Option, WorkersOption, print_cycles, print_estimate
from ossicle.cost.estimate import Estimate
from ossicle.graph.task import Task
from ossicle.run.interface import INTERFACES
from ossicle.targets import load_target
from ossicle.verify.cluster_program import ClusterEmulation
from ossicle.verify.emulated_chip import Emulation


class Emulator(StrEnum):
    """What stands in for the chip."""

    unicorn = "unicorn"
    qemu = "qemu"
    threads = "threads"
    rtl = "rtl"
    model = "model"


@verb
def run(
    model: ModelArgument,
    audio: Annotated[
        Path | None, typer.Argument(help="A recording, or an .npz file of inputs; made up by default.")
    ] = None,
    target: Annotated[str, typer.Option(help="Chip or cluster to run on.")] = "stm32f767",
    scheme: SchemeOption = None,
    on: Annotated[
        Emulator | None,
        typer.Option(
            help="Chip: unicorn (counts) or qemu. Cluster: threads, qemu, rtl or model (runs nothing)."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Seconds of the recording to use, from its start.")] = 2.0,
    workers: WorkersOption = None,
    l1: L1Option = None,
    json_: JsonOption = False,
) -> None:
    """Run a model on an emulated chip, in the ELF file that would go to the board, or on a cluster.

    It compares the output with that of this computer's C, and each layer with the simulation; if a layer
    differs, the exit code is 2. It prints the memory that the program needs, and on unicorn the exact
    instructions and estimated cycles of each layer (docs/cortexm.md). A program for a cluster runs on threads
    of this computer, on QEMU, or on RTL cores, cycle by cycle; --on model only plans it and estimates its
    cycles and energy (docs/cluster.md).

    Example: ossicle run gru128 --scheme w8a16 --target stm32f767

    Example: ossicle run gru128 --scheme int8 --target cv32e40p-cluster --on rtl --seconds 0.1
    """
    loaded, description = api.load_quantized(model, scheme), load_target(target).description
    name = loaded.graph.name
    with progress_bar() as bar:
        bar.add_task(f"compiling and running for {target}", total=None)
        found = api.run(loaded, audio, target, on and str(on), seconds, workers, l1)
    asked = {"model": name, "target": target}
    if isinstance(found, Estimate):
        if json_:
            print_json(asked | {"on": str(on)} | found.as_dict())
        else:
            print(f"{name} on {description}, a frame every {found.frame_ms:g} ms:")
            print_estimate(found)
        return
    if found.repaired:
        errors.print(repaired_text(audio, found.repaired))
    if json_:
        print_json(asked | found.as_dict())
    elif isinstance(found, ClusterEmulation):
        print(f"{name} for {description}, on {found.on}:")
        print_cycles(found)
        _print_comparison(found, loaded.graph.task)
    else:
        _print_layers(found, f"{name} on {description}{_every(found.frame_ms)}:")
        _print_comparison(found, loaded.graph.task)
        stack = f", of it {found.stack_bytes:,} of stack used" if found.stack_bytes else ""
        print(f"flash {found.flash_bytes:,} bytes, RAM {found.ram_bytes:,} bytes{stack}")
    if found.differing_nodes:
        fail(
            f"{', '.join(found.differing_nodes)} of {name} did not give what the simulation says "
            f"on {target}; do not ship this program, and report it with the model"
        )


def _print_layers(found: Emulation, title: str) -> None:
    """Instructions and cycles, where the emulator counts them."""
    total = found.total
    if total is None:
        return
    forms = {"instructions": ",.0f", "cycles": ",.0f", "ms": ".3f"}
    known = {key: form for key, form in forms.items() if total[key] is not None}
    costs = [*(asdict(cost) for cost in found.layers), {"layer": "all"} | total]
    print(title)
    print_table(
        ["layer", *known],
        [[str(cost["layer"]), *(format(cost[key], form) for key, form in known.items())] for cost in costs],
    )
    print(found.assumptions)
    if total["ms"] is None or found.frame_ms is None:
        return
    share = total["ms"] / found.frame_ms
    print(f"real time: {'yes' if share < 1 else 'no'}, {100 * share:.0f} % of the time of a frame")


def _every(frame_ms: float | None) -> str:
    return "" if frame_ms is None else f", a frame every {frame_ms:g} ms"


def _print_comparison(found: Emulation | ClusterEmulation, task: Task) -> None:
    """The output against the host's, and each node against the simulation."""
    unit = INTERFACES[task.name].unit
    difference = f"no, up to {found.largest_difference:g} {unit}" if found.largest_difference else "yes"
    print(f"output equal to this computer's C: {difference}")
    checked = found.verification
    tensors = len(checked.checks)
    if checked.exact:
        equal, values = (sum(getattr(c, key) for c in checked.exact) for key in ("equal", "values"))
        print(
            f"integers and conversions equal to the simulation: {equal:,} of {values:,} values, "
            f"in {len(checked.exact)} of {tensors} tensors"
        )
    if worst := checked.worst_float:
        print(
            f"floats against the simulation: {len(checked.floats)} of {tensors} tensors; the worst, "
            f"{worst.tensor}, by {worst.sqnr_db:.0f} dB, where {worst.bound_db:.0f} dB are needed"
        )
    if not tensors:
        print("nothing was compared with the simulation: the inputs are less than a frame")
