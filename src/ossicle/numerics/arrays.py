"""Arrays in ``.npz`` files."""

import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ossicle.errors import OssicleError
from ossicle.files import check_file

LARGEST_ARRAYS = 1 << 30
"""Bytes of the arrays of a file, which may be far more than its own."""
DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    AttributeError,
    TypeError,
    KeyError,
    SyntaxError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading raises where a file is no archive, or its headers lie."""


def read_npz(path: Path, wanted: str) -> dict[str, np.ndarray]:
    """The arrays of a file by name, without pickled objects; ``wanted`` says in an error what to write there.

    Raises :class:`OssicleError` where the file cannot be read, or its arrays take over a GiB.
    """
    try:
        check_file(path)
        with zipfile.ZipFile(path) as archive:
            claimed = sum(member.file_size for member in archive.infolist())
        if claimed > LARGEST_ARRAYS:
            raise OssicleError(
                f"{path} holds {claimed:,} bytes of arrays, and up to {LARGEST_ARRAYS:,} are read; give fewer"
            )
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except FileNotFoundError:
        raise OssicleError(f"there is no file {path}") from None
    except DAMAGE as error:
        raise OssicleError(
            f"{path} is no .npz file of arrays ({error}); write it with numpy.savez{wanted}"
        ) from None
