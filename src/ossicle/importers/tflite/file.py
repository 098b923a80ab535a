"""The bytes of a TFLite network, from a ``.tflite`` file or from the C array that holds one."""

import re
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.files import check_file
from ossicle.importers.reading import LARGEST_FILE

IDENTIFIER = b"TFL3"
"""Of the format, behind the first four bytes."""
C_ENDINGS = (".cc", ".cpp", ".c", ".h")
_ARRAY = re.compile(r"\b(?:unsigned\s+char|uint8_t)\s+(?:\w+\s+)*(\w+)\s*\[[^\]]*\][^={;]*=\s*\{([^}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def read_bytes(path: Path) -> bytes:
    """The network that a file holds; raises :class:`OssicleError` where it holds none."""
    try:
        check_file(path, LARGEST_FILE)
        content = path.read_bytes()
    except OSError as error:
        raise OssicleError(f"cannot read {path} ({error.strerror}); check its name") from None
    if path.suffix.lower() in C_ENDINGS:
        content = _array(path, content.decode("utf-8", "replace"))
    if content[4:8] != IDENTIFIER:
        raise OssicleError(f"{path} is no TFLite network: its bytes 4 to 7 are not TFL3; fetch it again")
    return content


def _array(path: Path, text: str) -> bytes:
    """The bytes of the one array in C that holds a network."""
    found = []
    for name, numbers in _ARRAY.findall(_COMMENT.sub(" ", text)):
        try:
            values = bytes(int(number, 0) for number in numbers.split(",") if number.strip())
        except ValueError:
            raise OssicleError(f"{path}: the array {name!r} holds something else than bytes") from None
        if values[4:8] == IDENTIFIER:
            found.append(values)
    if len(found) != 1:
        raise OssicleError(
            f"{path} holds {len(found)} arrays of unsigned char that are TFLite networks, and one is "
            "needed; give the .tflite file, or a C file with one such array"
        )
    return found[0]
