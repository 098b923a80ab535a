"""The verb that runs a model on what stands in for a target."""

from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.audio.files import repaired_text
from ossicle.cli.app import (
    JsonOption,
    ModelArgument,
    SchemeOption,
    fail,
    print_json,
    progress_bar,
    show,
    verb,
    warn,
)
from ossicle.cli.plan import L1Option, WorkersOption, choices
from ossicle.targets import load_target


@verb
def run(
    model: ModelArgument,
    audio: Annotated[
        Path | None, typer.Argument(help="A recording, or an .npz file of inputs; made up by default.")
    ] = None,
    target: Annotated[str, typer.Option(help="Chip, cluster or computer to run on.")] = "stm32f767",
    scheme: SchemeOption = None,
    on: Annotated[
        str | None,
        typer.Option(help=f"What stands in for {choices(lambda other: other.on)}; the first by default."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Seconds of the recording to use, from its start.")] = 2.0,
    workers: WorkersOption = None,
    l1: L1Option = None,
    json_: JsonOption = False,
) -> None:
    """Run a model on an emulated chip, in the ELF file that would go to the board, or on what stands in for a
    cluster or for a computer with another processor.

    It compares the output with that of this computer's C, and each layer with the simulation; if a layer
    differs, the exit code is 2. It prints the memory that the program needs, and on unicorn the exact
    instructions and estimated cycles of each layer (docs/cortexm.md). QEMU counts the instructions of a
    RISC-V chip (docs/riscv.md). A program for a cluster runs on threads of this computer, on QEMU, or on RTL
    cores, cycle by cycle; --on model only plans it and estimates its cycles and energy (docs/cluster.md). One
    for a computer with Linux runs on QEMU (docs/linux.md), and one for a web page on wasmtime (docs/web.md).

    Example: ossicle run gru128 --scheme w8a16 --target stm32f767

    Example: ossicle run gru128 --scheme int8 --target cv32e40p-cluster --on rtl --seconds 0.1
    """
    loaded, chosen = api.load_quantized(model, scheme, target=target), load_target(target)
    name = loaded.graph.name
    with progress_bar() as bar:
        bar.add_task(f"compiling and running for {target}", total=None)
        found = api.run(loaded, audio, target, on, seconds, workers, l1)
    if found.repaired:
        warn(repaired_text(audio, found.repaired))
    if json_:
        print_json({"model": name, "target": target} | ({"on": on} if on else {}) | found.as_dict())
    else:
        show(found.shown(name, chosen))
    if problem := found.problem(name, chosen):
        fail(problem)
