"""Programs for a cluster: on threads of this computer, or on bare RISC-V cores, by the ``ziglang`` wheel."""

import importlib.util
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ossicle.errors import OssicleError
from ossicle.kernels import FOLDER
from ossicle.platforms.cluster.bare import LINK_FLAGS, LINKED, OWN, BareMachine, bare_file, zig_flags
from ossicle.programs import LibraryProgram, cross
from ossicle.programs.build import build_library_program
from ossicle.programs.folder import own_summary

CLUSTER = Path(str(FOLDER / "cluster"))
QUIET = Path(__file__).parent / "quiet.c"


def read_cluster_summary(folder: Path, backends: Collection[str]) -> dict[str, Any]:
    """The ``model.json`` of a folder for some backends; raises :class:`OssicleError` for others."""
    summary = own_summary(folder, "cluster", "a cluster")
    if summary["backend"] not in backends:
        raise OssicleError(
            f"{folder} is for the backend {summary['backend']}; compile the model with --backend "
            f"{' or '.join(backends)}"
        )
    return summary


def build_on_threads(folder: Path) -> LibraryProgram:
    """Build an emitted C folder whose backend is ``"threads"``; its engines copy between two frames too."""
    return build_library_program(folder, read_cluster_summary(folder, ["threads"]), [QUIET], copies=True)


def check_zig() -> None:
    """Raise :class:`OssicleError` where the compiler is missing."""
    if not importlib.util.find_spec("ziglang"):
        raise OssicleError("programs for RISC-V need ziglang; pip install 'ossicle[rtl]'")


def build_folder(folder: Path, flags: Sequence[str] = ()) -> Path:
    """Build an emitted C folder whose backend is ``"rtl"`` or ``"harts"``."""
    check_zig()
    summary = read_cluster_summary(folder, LINKED)
    backend = summary["backend"]
    files = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h", ".ld"))
    arguments = [*zig_flags(backend, summary["cluster"]["workers"]), *flags]
    return cross.build(cross.ZIG, backend, summary["name"], arguments, LINK_FLAGS, files, [folder])


def build_program(
    backend: str,
    sources: Mapping[str, str],
    machine: BareMachine = BareMachine(),  # noqa: B008, it is frozen
    flags: Sequence[str] = (),
) -> Path:
    """Build C files, texts by name, with a ``main`` for the controller; ``audio.h`` is there for them."""
    check_zig()
    texts = {file: bare_file(backend, file, machine) for file in (*OWN, "audio.h")}
    return _build("program", backend, machine, {**texts, **sources}, flags)


def _build(
    name: str, backend: str, machine: BareMachine, texts: Mapping[str, str], flags: Sequence[str]
) -> Path:
    linked = {file: (CLUSTER / file).read_text("utf-8") for file in LINKED[backend]}
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for file, text in sorted({**linked, **texts}.items()):
            files.append(Path(scratch) / file)
            files[-1].write_text(text, "utf-8")
        arguments = [*zig_flags(backend, machine.workers), *flags]
        return cross.build(cross.ZIG, backend, name, arguments, LINK_FLAGS, files, [Path(scratch)])
