"""A C folder for a Cortex-M built by the ``ziglang`` wheel into the ELF file that goes to the board."""

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ossicle.cache import cache_folder
from ossicle.errors import OssicleError
from ossicle.run.compiler import compiler_version, run_compiler

EMULATOR = ("unicorn", "elftools", "ziglang", "capstone")


def check_emulator() -> None:
    """Raise :class:`OssicleError` where a package that the emulated targets need is missing."""
    if missing := [name for name in EMULATOR if not importlib.util.find_spec(name)]:
        raise OssicleError(f"an emulated target needs {', '.join(missing)}; pip install 'ossicle[emulator]'")


def read_board_summary(folder: Path) -> dict[str, Any]:
    """The ``model.json`` of a C folder for a chip."""
    try:
        summary = json.loads((folder / "model.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OssicleError(
            f"{folder} is not an emitted C folder ({error}); compile a model into it"
        ) from None
    if "board" not in summary:
        raise OssicleError(f"{folder} is for the target {summary['target']}, which needs no emulator")
    return summary


def build_elf(folder: Path, extra: Sequence[Path] = ()) -> Path:
    """Build an emitted C folder, or find the ELF file of an earlier build of the very same sources.

    ``extra`` sources are linked in, without ``--gc-sections``, so that a test can call what they define.
    """
    check_emulator()
    summary = read_board_summary(folder)
    compiler = (sys.executable, "-m", "ziglang", "cc")
    sources = sorted(path.name for path in folder.glob("*.c"))
    link = [flag for flag in summary["board"]["zig_link"] if not (extra and "gc-sections" in flag)]
    # Debug sections would only hold the paths of this computer.
    arguments = ["-std=c99", *summary["board"]["zig"], "-g0", *link, "-I."]
    key = hashlib.sha256("\0".join([compiler_version(compiler), *arguments]).encode())
    for path in (*sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h", ".ld")), *extra):
        key.update(path.name.encode() + path.read_bytes())
    elf = cache_folder() / "cortexm" / f"{summary['name']}-{key.hexdigest()[:32]}.elf"
    if not elf.exists():
        try:
            elf.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=elf.parent) as scratch:
                built = Path(scratch) / elf.name
                files = [*sources, *(str(path.resolve()) for path in extra)]
                run_compiler(compiler, [*arguments, "-o", str(built), *files], folder)
                os.replace(built, elf)
        except OSError as error:
            raise OssicleError(
                f"cannot write to the cache {elf.parent} ({error.strerror}); set OSSICLE_CACHE to another"
            ) from None
    return elf
