"""Object files of C sources, kept in the cache by what they were compiled from."""

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ossicle.programs.compiler import compile_file
from ossicle.programs.kept import kept

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]+(?:"([^"]+)"|([A-Za-z_]\w*))', re.MULTILINE)
"""A header by its name, or by a macro that the flags define."""


def compile_objects(
    compiler: Sequence[str],
    flags: Sequence[str],
    sources: Sequence[Path],
    includes: Sequence[Path],
    toolchain: Sequence[str],
) -> list[Path]:
    """The object file of each source; those of the same text, headers, flags and toolchain are compiled once.

    Headers are beside their source, or in one of the folders ``includes``; one whose guard the flags define,
    such as ``-DOSC_NAMES_H``, is left out. ``toolchain`` is all that an object depends on besides: a
    compiler's version, the processor. Raises :class:`OssicleError` where a source does not compile.
    """
    places = [f"-I{include}" for include in includes]

    def compile_it(source: Path) -> Path:
        key = hashlib.sha256()
        for part in ("\0".join([*compiler, *toolchain, *flags]).encode(), *_texts(source, includes, flags)):
            key.update(hashlib.sha256(part).digest())

        def build(built: Path, scratch: Path) -> None:
            compile_file(compiler, [*flags, *places, "-c", str(source)], built, scratch)

        # Linker scripts tell objects apart by how their names end.
        return kept("objects", f"{key.hexdigest()[:32]}-{source.stem}.o", build)

    # The processes of the compiler do the work.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(compile_it, sources))


def _texts(source: Path, includes: Sequence[Path], flags: Sequence[str]) -> list[bytes]:
    """The text of a source, and of each header that it includes, in the order in which they appear."""
    defined = dict(flag.split("=", 1) for flag in flags if "=" in flag)
    found = {source: source.read_bytes()}
    waiting = [source]
    while waiting:
        for literal, macro in INCLUDE.findall(found[waiting.pop(0)]):
            name = literal.decode() or defined.get(f"-D{macro.decode()}", "").strip('"')
            headers = (place / name for place in (source.parent, *includes))
            header = next((header for header in headers if header.is_file()), None)
            if header and header not in found and f"-D{header.stem.upper()}_H" not in flags:
                found[header] = header.read_bytes()
                waiting.append(header)
    return list(found.values())
