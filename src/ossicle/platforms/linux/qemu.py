"""An ELF file for Linux on QEMU's user mode, which emulates the processor alone."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.platforms.linux.target import LinuxTarget
from ossicle.programs.qemu import run_on_qemu

PACKAGE = "qemu-user"
TIME_LIMIT_S = 600


def check_qemu(target: LinuxTarget) -> None:
    """Raise :class:`OssicleError` where QEMU's user mode is missing."""
    if not shutil.which(target.qemu):
        raise OssicleError(f"{target.qemu} is not installed; on Debian: apt install {PACKAGE}")


def run_qemu(elf: Path, target: LinuxTarget, stdin: bytes, arguments: Sequence[str] = ()) -> bytes:
    """Run an ELF file until it exits; returns what it wrote to its output."""
    check_qemu(target)
    command = [target.qemu, "-cpu", target.qemu_cpu, str(elf), *arguments]
    return run_on_qemu(command, stdin, TIME_LIMIT_S)
