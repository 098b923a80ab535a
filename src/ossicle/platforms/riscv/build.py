"""A C folder for a RISC-V chip built into an ELF file for QEMU's board, by zig or by GCC."""

import importlib.util
import shutil
import tempfile
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.platforms.riscv.files import GCC, qemu_files
from ossicle.programs import cross
from ossicle.programs.folder import own_summary
from ossicle.targets import ChipTarget

PACKAGES = ("elftools", "ziglang")
COMPILERS = {"zig": cross.ZIG, "gcc": (GCC,)}


def check_compiler(compiler: str = "zig") -> None:
    """Raise :class:`OssicleError` where a compiler, or what reads its programs, is missing."""
    if missing := [name for name in PACKAGES if not importlib.util.find_spec(name)]:
        raise OssicleError(f"an emulated target needs {', '.join(missing)}; pip install 'ossicle[emulator]'")
    if compiler == "gcc" and not shutil.which(GCC):
        raise OssicleError(
            f"{GCC} is not installed; on Debian: apt install gcc-riscv64-unknown-elf "
            "picolibc-riscv64-unknown-elf"
        )


def build_for_qemu(folder: Path, target: ChipTarget, compiler: str = "zig") -> Path:
    """Build an emitted C folder, or find the ELF file of an earlier build of the very same sources.

    Clock and linker script are those of QEMU's board; all else, flags too, is what goes to the chip.
    """
    summary = own_summary(folder, "riscv", "a RISC-V chip")
    check_compiler(compiler)
    board, own = summary["board"], qemu_files(target)
    files = [path for path in folder.iterdir() if path.suffix in (".c", ".h") and path.name not in own]
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in own.items():
            files.append(Path(scratch) / name)
            files[-1].write_text(text, "utf-8")
        flags, link = board[compiler], board[f"{compiler}_link"]
        return cross.build(
            COMPILERS[compiler], "riscv", summary["name"], flags, link, sorted(files), [folder, Path(scratch)]
        )
