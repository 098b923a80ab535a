"""ELF files for other processors, built by a cross compiler and kept by content."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from ossicle.programs.compiler import compile_file, compiler_version
from ossicle.programs.kept import kept

ZIG = (sys.executable, "-m", "ziglang", "cc")
"""The compiler of the ``ziglang`` wheel, for all processors."""


def build(
    compiler: tuple[str, ...],
    kind: str,
    name: str,
    flags: Sequence[str],
    files: Sequence[Path],
    folder: Path,
) -> Path:
    """Compile the ``.c`` among ``files`` in ``folder``, and keep the result under the hash of all of them.

    ``kind`` is the folder of the cache that it goes to.
    """
    # Debug sections would only hold the paths of this computer.
    arguments = ["-std=c99", *flags, "-g0"]
    key = hashlib.sha256("\0".join([compiler_version(compiler), *arguments]).encode())
    for path in files:
        key.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())

    def compile_it(built: Path, scratch: Path) -> None:
        sources = [str(path.resolve()) for path in files if path.suffix == ".c"]
        compile_file(compiler, [*arguments, *sources], built, folder)

    return kept(kind, f"{name}-{key.hexdigest()[:32]}.elf", compile_it)
