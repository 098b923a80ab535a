"""An ELF file for Linux on QEMU's user mode, which emulates the processor alone."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.platforms.linux.target import LinuxTarget

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
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise OssicleError(f"the program did not end within {TIME_LIMIT_S} s on QEMU") from None
    if done.returncode:
        errors = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise OssicleError(f"the program failed on QEMU: {errors.splitlines()[0]}")
    return done.stdout
