"""The second opinion: the same ELF file on a board that QEMU emulates."""

import shutil
import tempfile
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.programs.qemu import run_on_qemu
from ossicle.targets import ChipTarget

PROGRAM = "qemu-system-arm"
TIME_LIMIT_S = 600


def check_qemu(target: ChipTarget) -> None:
    """Raise :class:`OssicleError` where QEMU is missing or has no such board."""
    if not target.chip.qemu_machine:
        raise OssicleError(f"QEMU has no board for {target.name}; take --target mps2-an500, or --on unicorn")
    if not shutil.which(PROGRAM):
        raise OssicleError(f"{PROGRAM} is not installed; on Debian: apt install {PROGRAM}")


def run_qemu(elf: Path, target: ChipTarget, stdin: bytes) -> bytes:
    """Run an ELF file from reset until it exits; returns what it wrote to its output."""
    return _run(elf, target, stdin, [])


def count_qemu(elf: Path, target: ChipTarget, stdin: bytes) -> int:
    """Instructions from reset to exit, from QEMU's log of each: for tiny programs, since it is slow."""
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "trace.log"
        _run(elf, target, stdin, ["-singlestep", "-d", "exec,nochain", "-D", str(log)])
        with log.open("rb") as lines:
            return sum(line.startswith(b"Trace ") for line in lines)


def _run(elf: Path, target: ChipTarget, stdin: bytes, options: list[str]) -> bytes:
    check_qemu(target)
    command = [
        PROGRAM,
        "-machine",
        target.chip.qemu_machine,
        "-nographic",
        "-monitor",
        "none",
        "-serial",
        "none",
    ]
    command += ["-semihosting", *options, "-kernel", str(elf)]
    return run_on_qemu(command, stdin, TIME_LIMIT_S)
