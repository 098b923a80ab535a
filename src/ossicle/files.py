"""Files that users name: read only where they are files of a bounded size, written whole or not at all."""

import math
import os
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from ossicle.errors import OssicleError

LARGEST_TEXT = 1 << 20
"""Bytes of a file of settings."""


def check_file(path: Path, largest: int | None = None) -> None:
    """Raise :class:`OssicleError` where ``path`` is no regular file, or one of more bytes than ``largest``.

    Errors of the system, such as that of a missing file, are left to the caller.
    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise OssicleError(f"{path} is a folder; name a file")
    if not stat.S_ISREG(found.st_mode):
        raise OssicleError(f"{path} is no regular file; copy what it gives into a file first")
    if largest is not None and found.st_size > largest:
        raise OssicleError(
            f"{path} has {found.st_size:,} bytes, and up to {largest:,} are read; name a smaller file"
        )


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """A file of settings; raises :class:`OssicleError`, which calls it ``what``, where it cannot be read."""
    try:
        check_file(path, LARGEST_TEXT)
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise OssicleError(f"cannot read {what} {path} ({error.strerror}); check its path") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise OssicleError(f"cannot read {what} {path} as TOML ({error}); mend it") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new path to write to, which replaces the file ``path`` once the context ends without an error.

    The bytes are on the disk before the name is, so that a computer that goes off leaves the old file or the
    new one. A symbolic link is written through. Raises :class:`OssicleError` where there is something at
    ``path`` that a file must not replace: a folder, a device, a pipe. Errors of the system are left to the
    caller.
    """
    target = Path(os.path.realpath(path))
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(target.stat().st_mode):
            raise OssicleError(f"cannot write {path}: it is a folder, a device or a pipe; name a file")
    partial = target.with_name(f".{uuid4().hex}.part")
    try:
        yield partial
        with partial.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(partial, target)
    finally:
        with suppress(OSError):
            partial.unlink()


def plain(value: object) -> object:
    """Data for JSON, in which numbers that JSON lacks are null."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
