"""What compilers built, kept in the cache by its content; what is damaged there is built anew."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ossicle.cache import cache_folder
from ossicle.errors import OssicleError

SEAL = b"\x00\x31\x10ossicle-sealed-1"
"""Stands before the hash at the end of a kept file; linkers and loaders do not read behind their sections.

In WebAssembly, nothing stands behind sections: with the hash this is one, of a kind that nobody reads.
"""
SEAL_BYTES = len(SEAL) + hashlib.sha256().digest_size
NEEDED_BYTES = 1 << 22
"""Room on the disk below which a failed build is put down to it."""


def kept(kind: str, name: str, build: Callable[[Path, Path], None]) -> Path:
    """The file ``name`` of the cache's folder ``kind``; ``build(file, scratch)`` makes it if it is not whole.

    ``scratch`` is an empty folder, which is removed. Raises :class:`OssicleError` where the cache cannot be
    written or the build fails.
    """
    file = cache_folder() / kind / name
    if read_kept(file) is None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
                built = Path(scratch) / name
                _build(build, built, Path(scratch))
                os.replace(built, file)
        except OSError as error:
            raise OssicleError(
                f"cannot write to the cache {cache_folder()} ({error.strerror}); set OSSICLE_CACHE to another"
            ) from None
    return file


def _build(build: Callable[[Path, Path], None], built: Path, scratch: Path) -> None:
    try:
        build(built, scratch)
    except OssicleError:
        # A compiler on a full disk says many things; some do not name the disk.
        if shutil.disk_usage(scratch).free < NEEDED_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        raise
    data = built.read_bytes()
    with built.open("ab") as file:
        file.write(SEAL + hashlib.sha256(data).digest())


def read_kept(file: Path) -> bytes | None:
    """What was built into a kept file; None where it is not there, or not whole."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    built, seal = data[:-SEAL_BYTES], data[-SEAL_BYTES:]
    return built if seal == SEAL + hashlib.sha256(built).digest() else None
