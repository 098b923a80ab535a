"""A C folder for a Cortex-M built into the ELF file that goes to the board, by zig or by GCC."""

import importlib.util
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.platforms.cortexm.files import GCC, compilers_for, link_script
from ossicle.programs import cross
from ossicle.programs.folder import own_summary
from ossicle.targets import ChipTarget

READER = ("elftools",)
EMULATOR = ("unicorn", *READER, "capstone")
COMPILERS = {"zig": cross.ZIG, "gcc": (GCC,)}
"""Commands of the compilers that ``make`` in an emitted folder takes."""


def check_emulator() -> None:
    """Raise :class:`OssicleError` where what unicorn and its counts need is missing."""
    check_packages(EMULATOR)


def check_packages(names: Sequence[str]) -> None:
    """Raise :class:`OssicleError` where a package is missing."""
    if missing := [name for name in names if not importlib.util.find_spec(name)]:
        raise OssicleError(f"an emulated target needs {', '.join(missing)}; pip install 'ossicle[emulator]'")


def check_compiler(compiler: str) -> None:
    """Raise :class:`OssicleError` where a compiler, ``"zig"`` or ``"gcc"``, is missing."""
    if compiler == "zig":
        check_packages(["ziglang"])
    if compiler == "gcc" and not shutil.which(GCC):
        raise OssicleError(
            f"{GCC} is not installed; on Debian: apt install gcc-arm-none-eabi libnewlib-arm-none-eabi"
        )


def build_elf(folder: Path, compiler: str = "zig") -> Path:
    """Build an emitted C folder, or find the ELF file of an earlier build of the very same sources.

    ``compiler`` is one of ``COMPILERS``; the flags are those of the folder's Makefile.
    """
    summary = own_summary(folder, "cortexm", "a Cortex-M chip")
    board = summary["board"]
    files = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h", ".ld"))
    check_compiler(compiler)
    flags, link = board[compiler], board[f"{compiler}_link"]
    return cross.build(COMPILERS[compiler], "cortexm", summary["name"], flags, link, files, [folder])


def build_kernels(
    sources: Sequence[Path],
    target: ChipTarget,
    extra: Mapping[str, str] | None = None,
    compiler: str = "zig",
) -> Path:
    """Build C files alone, for their functions to be called one by one; ``extra`` are texts by file name.

    Headers are found beside the first kernel folders of the target.
    """
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for name, text in {**(extra or {}), "link.ld": link_script(target)}.items():
            files.append(Path(scratch) / name)
            files[-1].write_text(text, "utf-8")
        includes = [Path(str(kernels.folder)) for kernels in target.kernels.sets]
        chosen = compilers_for(target.chip)[compiler]
        flags = [*chosen.flags, *target.cflags]
        headers = [path for of in target.kernels.sets for path in sorted(Path(str(of.folder)).glob("*.h"))]
        sources = [path.resolve() for path in sources]
        check_compiler(compiler)
        every = [*sources, *headers, *files]
        link = (*chosen.link, "-Wl,--no-gc-sections")
        folders = [*includes, Path(scratch)]
        return cross.build(COMPILERS[compiler], "cortexm", "kernels", flags, link, every, folders)
