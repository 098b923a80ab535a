"""A C folder for a Cortex-M built by the ``ziglang`` wheel into the ELF file that goes to the board."""

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ossicle.cache import cache_folder
from ossicle.emit.board import ZIG_FLAGS, link_script
from ossicle.emit.kernels import KERNELS
from ossicle.errors import OssicleError
from ossicle.run.compiler import compiler_version, run_compiler
from ossicle.targets import Target

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


def build_elf(folder: Path) -> Path:
    """Build an emitted C folder, or find the ELF file of an earlier build of the very same sources."""
    summary = read_board_summary(folder)
    board = summary["board"]
    files = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h", ".ld"))
    return _build(summary["name"], [*board["zig"], *board["zig_link"], "-I."], files, folder)


def build_kernels(sources: Sequence[Path], target: Target, extra: Mapping[str, str] | None = None) -> Path:
    """Build C files alone, for their functions to be called one by one; ``extra`` are texts by file name.

    Headers are found beside the first kernel folders of the target.
    """
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for name, text in {**(extra or {}), "link.ld": link_script(target)}.items():
            files.append(Path(scratch) / name)
            files[-1].write_text(text, "utf-8")
        includes = [f"-I{KERNELS / folder}" for folder in target.kernels]
        link = ["-Wl,-T,link.ld", "-Wl,--no-gc-sections"]
        flags = [*ZIG_FLAGS, *target.chip.zig, *target.cflags, *link, *includes]
        return _build("kernels", flags, [*(path.resolve() for path in sources), *files], Path(scratch))


def _build(name: str, flags: Sequence[str], files: Sequence[Path], folder: Path) -> Path:
    """Compile the ``.c`` among ``files`` in ``folder``, and keep the result under the hash of all of them."""
    check_emulator()
    compiler = (sys.executable, "-m", "ziglang", "cc")
    # Debug sections would only hold the paths of this computer.
    arguments = ["-std=c99", *flags, "-g0"]
    key = hashlib.sha256("\0".join([compiler_version(compiler), *arguments]).encode())
    for path in files:
        key.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    elf = cache_folder() / "cortexm" / f"{name}-{key.hexdigest()[:32]}.elf"
    if elf.exists():
        return elf
    try:
        elf.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=elf.parent) as scratch:
            built = Path(scratch) / elf.name
            sources = [str(path.resolve()) for path in files if path.suffix == ".c"]
            run_compiler(compiler, [*arguments, "-o", str(built), *sources], folder)
            os.replace(built, elf)
    except OSError as error:
        raise OssicleError(
            f"cannot write to the cache {elf.parent} ({error.strerror}); set OSSICLE_CACHE to another"
        ) from None
    return elf
