"""ELF files for other processors, built by a cross compiler and kept by content."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from ossicle.programs.compiler import compile_file, compiler_version
from ossicle.programs.kept import kept
from ossicle.programs.objects import compile_objects

ZIG = (sys.executable, "-m", "ziglang", "cc")
"""The compiler of the ``ziglang`` wheel, for all processors."""


def build(
    compiler: tuple[str, ...],
    kind: str,
    name: str,
    flags: Sequence[str],
    link: Sequence[str],
    files: Sequence[Path],
    includes: Sequence[Path],
) -> Path:
    """Compile the ``.c`` among ``files``, and keep the result under the hash of all of them.

    ``kind`` is the folder of the cache that it goes to. Headers are beside their source or in ``includes``;
    linking has the flags ``link`` besides, and is done in the last folder of ``includes``.
    """
    # Debug sections would only hold the paths of this computer.
    arguments = ["-std=c99", *flags, "-g0"]
    toolchain = [compiler_version(compiler)]
    key = hashlib.sha256("\0".join([*toolchain, *arguments, *link]).encode())
    for path in files:
        key.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())

    def compile_it(built: Path, scratch: Path) -> None:
        sources = [path.resolve() for path in files if path.suffix == ".c"]
        objects = compile_objects(
            compiler, arguments, sources, [path.resolve() for path in includes], toolchain
        )
        compile_file(compiler, [*arguments, *map(str, objects), *link], built, includes[-1])

    return kept(kind, f"{name}-{key.hexdigest()[:32]}.elf", compile_it)
