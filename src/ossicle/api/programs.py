"""Models as programs: emitted, and made ready to be run from Python."""

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from ossicle.errors import OssicleError
from ossicle.graph.graph import IDENTIFIER
from ossicle.graph.model import Model
from ossicle.graph.task import TASKS
from ossicle.platforms.platform import emit, lacking, platform_of
from ossicle.programs import LibraryProgram, Program
from ossicle.targets import Target, load_target

TaskProgram = TypeVar("TaskProgram", bound=LibraryProgram)


@overload
def compile(
    model: Model, out: str | Path | None = None, target: Literal["host"] = "host", *, streams: bool = False
) -> LibraryProgram: ...


@overload
def compile(
    model: Model, out: str | Path | None = None, target: str = "host", *, streams: bool = False
) -> Program: ...


def compile(
    model: Model, out: str | Path | None = None, target: str = "host", *, streams: bool = False
) -> Program:
    """Emit the model's C into the folder ``out``, or a temporary one, as a program to be run from Python.

    For this computer, or a cluster, whose program then runs on threads, the C is built and loaded. For a
    chip, the folder is what goes to the board; the program runs it on an emulator, and a temporary folder
    lives as long as the program.

    With ``streams``, a suppressor's program takes many streams side by side for much less than the sum of
    their times; one alone takes somewhat longer.
    """
    if out is not None:
        return _compile_into(Path(out), model, target, streams)
    scratch = Path(tempfile.mkdtemp(prefix="ossicle-"))
    program = None
    try:
        program = _compile_into(scratch / model.graph.name, model, target, streams)
    finally:
        if program and program.needs_folder:
            weakref.finalize(program, shutil.rmtree, scratch, ignore_errors=True)
        else:
            shutil.rmtree(scratch)
    return program


def compile_as(kind: type[TaskProgram], model: Model) -> TaskProgram:
    """The program of a model, built for this computer, where its task is known to be that of ``kind``."""
    program = compile(model)
    assert isinstance(program, kind)
    return program


def _compile_into(out: Path, model: Model, target: str, streams: bool) -> Program:
    chosen = load_target(target)
    platform = platform_of(chosen)
    summary = write_c(model, out, target, platform.program_backend, streams=streams)
    program: Program = platform.program(out, chosen, summary)
    return program


def write_c(
    model: Model,
    out: str | Path,
    target: str = "host",
    backend: str = "",
    force: bool = False,
    name: str = "",
    *,
    streams: bool = False,
) -> Mapping[str, Any]:
    """Emit the model's C into the folder ``out``, build nothing, and return what its ``model.json`` says.

    Files that somebody has changed in such a folder are overwritten only with ``force``. ``name`` takes the
    place of the model's: all that the linker sees begins with it.

    ``backend`` is what a cluster program runs on, in place of the target's own: ``"pmsis"``, ``"threads"``,
    ``"harts"`` or ``"rtl"``. With ``streams`` the C of a suppressor also takes a frame of many streams at
    once (``NAME_process_streams``).
    """
    chosen = load_target(target)
    if streams:
        chosen = _for_streams(chosen, model)
    if name and not IDENTIFIER.fullmatch(name):
        raise OssicleError(f"{name!r} is no name for a model; take small letters, digits and underscores")
    graph = replace(model.graph, name=name) if name else model.graph
    return emit(graph, platform_of(chosen).plan(graph, chosen), chosen, Path(out), backend, force)


def _for_streams(target: Target, model: Model) -> Target:
    """The target with kernels for many streams at once; raises where there is no such C."""
    record = model.graph.task.record
    if not record.streams:
        able = ", ".join(f"{task.description}s" for task in TASKS.values() if task.streams)
        raise OssicleError(
            f"many streams at once are for {able}; {model.graph.name} is a {record.description}: compile it "
            "without, and open a stream for each"
        )
    if not platform_of(target).streams:
        raise lacking("a program of many streams", target, lambda other: other.streams)
    return replace(target, kernels=replace(target.kernels, streams=True))
