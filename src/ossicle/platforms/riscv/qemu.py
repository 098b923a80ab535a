"""Programs on QEMU's board "virt", and how many instructions they take there."""

import re
import shutil
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.programs.elf import Elf
from ossicle.programs.qemu import run_on_qemu
from ossicle.targets import ChipTarget

PROGRAM = "qemu-system-riscv32"
TIME_LIMIT_S = 600
ADDRESS = re.compile(rb"0x([0-9a-f]+):")


def check_qemu() -> None:
    """Raise :class:`OssicleError` where QEMU is missing."""
    if not shutil.which(PROGRAM):
        raise OssicleError(f"{PROGRAM} is not installed; on Debian: apt install qemu-system-misc")


def run_qemu(elf: Path, target: ChipTarget, stdin: bytes, options: Sequence[str] = ()) -> bytes:
    """Run an ELF file from reset until it exits; returns what it wrote to its output."""
    check_qemu()
    command = [PROGRAM, "-machine", "virt", "-cpu", target.chip.qemu_cpu, "-bios", "none"]
    command += ["-nographic", "-monitor", "none", "-serial", "none"]
    command += ["-semihosting-config", "enable=on,target=native", *options, "-kernel", str(elf)]
    return run_on_qemu(command, stdin, TIME_LIMIT_S)


def count_qemu(
    path: Path, elf: Elf, target: ChipTarget, stdin: bytes, layers: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Instructions by layer from reset to exit, from QEMU's log of each block that it runs: for few frames.

    ``layers`` gives, by layer, the functions that mean it; the first one is the current one at the start. A
    kernel counts for the layer that calls it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "trace.log"
        run_qemu(path, target, stdin, ["-d", "in_asm,exec,nochain", "-D", str(log)])
        with log.open("rb") as lines:
            return _by_layer(lines, elf, layers)


def _by_layer(lines: Iterable[bytes], elf: Elf, layers: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Of a log, where a block is listed once, before its first run, and each run of it is a line."""
    meaning = {function: layer for layer, functions in layers.items() for function in functions}
    starts = [address for address, _ in elf.functions]
    sizes: dict[int, int] = {}
    layer_of: dict[int, str | None] = {}
    counts, current, listed = Counter[str](), next(iter(layers)), 0
    for line in lines:
        if line.startswith(b"Trace "):
            block = int(line.split(b"/", 2)[1], 16)
            current = layer_of[block] or current
            counts[current] += sizes[block]
        elif line.startswith(b"IN:"):
            listed = 0
        elif found := ADDRESS.match(line):
            address = int(found[1], 16)
            if not listed:
                listed = address
                sizes[listed] = 0
                name = elf.functions[bisect_right(starts, listed) - 1][1] if listed >= starts[0] else ""
                layer_of[listed] = meaning.get(name)
            sizes[listed] += 1
    return dict(counts)
