"""A file of which some bytes are read as others."""

import io
from collections.abc import Mapping
from typing import BinaryIO


class PatchedFile(io.RawIOBase):
    """A file that is read with other bytes at some places; the file itself stays as it is."""

    def __init__(self, file: BinaryIO, patches: Mapping[int, bytes]) -> None:
        super().__init__()
        self._file, self._patches = file, dict(patches)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any file; a place before its beginning, which a wrong header may name, changes nothing."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError):
            return self._file.tell()

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer; returns how many bytes, 0 at the end."""
        view = memoryview(buffer).cast("B")
        begin = self._file.tell()
        data = self._file.read(len(view))
        view[: len(data)] = data
        for at, patch in self._patches.items():
            first, last = max(at, begin), min(at + len(patch), begin + len(data))
            if first < last:
                view[first - begin : last - begin] = patch[first - at : last - at]
        return len(data)

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()
