"""A program for a bare-metal RISC-V cluster, built by the ``ziglang`` wheel."""

import importlib.util
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ossicle.emit.bare import LINKED, OWN, SHARED, bare_file, zig_flags
from ossicle.emit.project import KERNELS
from ossicle.errors import OssicleError
from ossicle.run import zig


def check_zig() -> None:
    """Raise :class:`OssicleError` where the compiler is missing."""
    if not importlib.util.find_spec("ziglang"):
        raise OssicleError("programs for RISC-V need ziglang; pip install 'ossicle[rtl]'")


def build_program(
    backend: str,
    sources: Sequence[Path],
    context: Mapping[str, int],
    extra: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
) -> Path:
    """Build C files that have a ``main`` with start-up code, a backend and a console.

    ``backend`` is ``"rtl"`` or ``"harts"``; ``context`` has ``workers``, ``stack_bytes``, ``l1_bytes`` and
    ``l2_bytes``; ``extra`` are texts by file name. Headers are found beside the sources.
    """
    check_zig()
    texts = {name: bare_file(backend, name, {**context, "role": "suppressor"}) for name in (*OWN, "audio.h")}
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for name, text in {**texts, **(extra or {})}.items():
            files.append(Path(scratch) / name)
            files[-1].write_text(text, "utf-8")
        linked = [Path(str(KERNELS / "cluster" / name)) for name in LINKED[backend]]
        folders = dict.fromkeys([KERNELS / "cluster", *(path.resolve().parent for path in sources)])
        includes = [f"-I{folder}" for folder in folders]
        everything = [*(path.resolve() for path in sources), *linked, *files]
        arguments = [*zig_flags(backend, context["workers"]), *flags, "-I.", *includes]
        return zig.build(backend, "program", arguments, everything, Path(scratch))
