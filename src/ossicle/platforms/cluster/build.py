"""Programs for a bare-metal RISC-V cluster, built by the ``ziglang`` wheel."""

import importlib.util
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ossicle.emit.bare import LINKED, OWN, BareMachine, bare_file, zig_flags
from ossicle.errors import OssicleError
from ossicle.kernels import FOLDER
from ossicle.run import zig
from ossicle.run.folder import read_summary

CLUSTER = Path(str(FOLDER / "cluster"))


def check_zig() -> None:
    """Raise :class:`OssicleError` where the compiler is missing."""
    if not importlib.util.find_spec("ziglang"):
        raise OssicleError("programs for RISC-V need ziglang; pip install 'ossicle[rtl]'")


def build_folder(folder: Path, flags: Sequence[str] = ()) -> Path:
    """Build an emitted C folder whose backend is ``"rtl"`` or ``"harts"``."""
    check_zig()
    summary = read_summary(folder)
    backend: str = summary.get("backend", "")
    if backend not in LINKED:
        raise OssicleError(
            f"{folder} is for {backend or summary['target']}, not for bare RISC-V cores; compile the model "
            f"with --backend {' or '.join(LINKED)}"
        )
    files = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h", ".ld"))
    arguments = [*zig_flags(backend, summary["cluster"]["workers"]), *flags, "-I."]
    return zig.build(backend, summary["name"], arguments, files, folder)


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
        arguments = [*zig_flags(backend, machine.workers), *flags, "-I."]
        return zig.build(backend, name, arguments, files, Path(scratch))
