"""A C folder for a Cortex-M built by the ``ziglang`` wheel into the ELF file that goes to the board."""

import importlib.util
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ossicle.emit.board import ZIG_FLAGS, link_script
from ossicle.errors import OssicleError
from ossicle.run import zig
from ossicle.run.folder import read_summary
from ossicle.targets import Target

EMULATOR = ("unicorn", "elftools", "ziglang", "capstone")


def check_emulator() -> None:
    """Raise :class:`OssicleError` where a package that the emulated targets need is missing."""
    if missing := [name for name in EMULATOR if not importlib.util.find_spec(name)]:
        raise OssicleError(f"an emulated target needs {', '.join(missing)}; pip install 'ossicle[emulator]'")


def read_board_summary(folder: Path) -> dict[str, Any]:
    """The ``model.json`` of a C folder for a chip."""
    summary = read_summary(folder)
    if "board" not in summary:
        raise OssicleError(f"{folder} is for the target {summary['target']}, which needs no emulator")
    return summary


def build_elf(folder: Path) -> Path:
    """Build an emitted C folder, or find the ELF file of an earlier build of the very same sources."""
    summary = read_board_summary(folder)
    board = summary["board"]
    files = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h", ".ld"))
    check_emulator()
    return zig.build("cortexm", summary["name"], [*board["zig"], *board["zig_link"], "-I."], files, folder)


def build_kernels(sources: Sequence[Path], target: Target, extra: Mapping[str, str] | None = None) -> Path:
    """Build C files alone, for their functions to be called one by one; ``extra`` are texts by file name.

    Headers are found beside the first kernel folders of the target.
    """
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for name, text in {**(extra or {}), "link.ld": link_script(target)}.items():
            files.append(Path(scratch) / name)
            files[-1].write_text(text, "utf-8")
        includes = [f"-I{kernels.folder}" for kernels in target.kernels.sets]
        link = ["-Wl,-T,link.ld", "-Wl,--no-gc-sections"]
        flags = [*ZIG_FLAGS, *target.need_chip().zig, *target.cflags, *link, *includes]
        headers = [path for of in target.kernels.sets for path in sorted(Path(str(of.folder)).glob("*.h"))]
        sources = [path.resolve() for path in sources]
        return zig.build("cortexm", "kernels", flags, [*sources, *headers, *files], Path(scratch))
