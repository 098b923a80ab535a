"""Programs for a bare-metal RISC-V cluster, built by the ``ziglang`` wheel."""

import importlib.util
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ossicle.emit.bare import LINKED, OWN, SHARED, BareMachine, bare_file, zig_flags
from ossicle.emit.project import KERNELS
from ossicle.errors import OssicleError
from ossicle.run import zig

CLUSTER = Path(str(KERNELS / "cluster"))


def check_zig() -> None:
    """Raise :class:`OssicleError` where the compiler is missing."""
    if not importlib.util.find_spec("ziglang"):
        raise OssicleError("programs for RISC-V need ziglang; pip install 'ossicle[rtl]'")


def build_folder(folder: Path, backend: str, flags: Sequence[str] = ()) -> Path:
    """Build an emitted C folder for the RTL bench (``"rtl"``) or for QEMU (``"harts"``).

    Where the folder is for another backend, its platform files make way for those of this one. Its
    ``model.json`` has under ``cluster`` the fields of :class:`BareMachine`.
    """
    check_zig()
    try:
        summary = json.loads((folder / "model.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OssicleError(
            f"{folder} is not an emitted C folder ({error}); compile a model into it"
        ) from None
    if "cluster" not in summary:
        raise OssicleError(
            f"{folder} is for the target {summary['target']}, which has no cluster; compile for one that has"
        )
    machine = BareMachine(**{name: summary["cluster"][name] for name in BareMachine.__dataclass_fields__})
    name = summary["name"]
    role = "spotter" if "labels" in summary else "suppressor"
    # The backends' names are those of platforms; all else in that folder is for every one of them.
    backends = {path.name for path in CLUSTER.iterdir() if not path.name.startswith("osc_")}
    texts = {
        path.name: path.read_text("utf-8")
        for path in folder.iterdir()
        if path.suffix in (".c", ".h") and path.name not in backends
    }
    model = {"role": role, "name": name, "NAME": name.upper()}
    texts |= {file: bare_file(backend, file, machine, model) for file in (*OWN, *SHARED)}
    return _build(name, backend, machine, texts, flags)


def build_program(
    backend: str,
    sources: Mapping[str, str],
    machine: BareMachine = BareMachine(),  # noqa: B008, it is frozen
    flags: Sequence[str] = (),
) -> Path:
    """Build C files, texts by name, with a ``main`` for the controller; ``audio.h`` is there for them."""
    check_zig()
    texts = {file: bare_file(backend, file, machine, {"role": "suppressor"}) for file in (*OWN, "audio.h")}
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
