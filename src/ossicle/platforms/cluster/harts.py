"""An ELF file on bare-metal RISC-V harts that QEMU emulates."""

import shutil
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.programs.qemu import run_on_qemu

PROGRAM = "qemu-system-riscv32"
TIME_LIMIT_S = 600


def check_harts() -> None:
    """Raise :class:`OssicleError` where QEMU is missing."""
    if not shutil.which(PROGRAM):
        raise OssicleError(f"{PROGRAM} is not installed; on Debian: apt install qemu-system-misc")


def run_harts(elf: Path, workers: int, stdin: bytes, limit_s: float = TIME_LIMIT_S) -> bytes:
    """Run an ELF file from reset until it exits; returns what it wrote to its output.

    It has to be built for as many workers; one more hart is the controller.
    """
    check_harts()
    command = [PROGRAM, "-machine", "virt", "-smp", str(workers + 1), "-cpu", "rv32,Zfh=true"]
    command += ["-bios", "none"]
    command += ["-nographic", "-monitor", "none", "-serial", "none"]
    command += ["-semihosting-config", "enable=on,target=native", "-kernel", str(elf)]
    return run_on_qemu(command, stdin, limit_s)
