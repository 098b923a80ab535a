"""A C folder for a computer with Linux, built by the ``ziglang`` wheel into a static ELF file."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ossicle.errors import OssicleError
from ossicle.programs import cross
from ossicle.programs.folder import own_summary

FRAMES = Path(__file__).parent / "frames.c"
"""Takes the place of ``main.c``, whose output is made for people where a task has words."""


def check_zig() -> None:
    """Raise :class:`OssicleError` where the compiler is missing."""
    if not importlib.util.find_spec("ziglang"):
        raise OssicleError("this needs the compiler zig; pip install 'ossicle[compiler]'")


def build_elf(folder: Path) -> Path:
    """Build an emitted C folder, or find the ELF file of an earlier build of the very same sources."""
    summary = own_summary(folder, "linux", "a computer with Linux")
    check_zig()
    own = (path for path in folder.iterdir() if path.suffix in (".c", ".h") and path.name != "main.c")
    flags = [*summary["linux"]["zig"], *_definitions(summary)]
    return cross.build(cross.ZIG, "linux", summary["name"], flags, (), [*sorted(own), FRAMES], [folder])


def _definitions(summary: Mapping[str, Any]) -> list[str]:
    name, entry = summary["name"], summary["linux"]["entry"]
    arrays, at = [], 0
    for size in (*entry["reads"], *entry["writes"]):
        arrays.append(f"(void*)(in+{at})")
        at += size
    return [
        f"-DOSC_MODEL={name}",
        f'-DOSC_HEADER="{name}.h"',
        f"-DOSC_CALL={name}_{entry['functions'][0]}({','.join(['&state', *arrays])})",
        f"-DOSC_READS={sum(entry['reads'])}",
        f"-DOSC_WRITES={sum(entry['writes'])}",
        f"-DOSC_RESULT={4 * entry['returns']}",
    ]
