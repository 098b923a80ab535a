"""Files of other formats by their endings, and the reader of each."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.importers.reading import Choices, Reading

_ONNX = ("ossicle.importers.onnx", "read_onnx", "onnx")
_TFLITE = ("ossicle.importers.tflite", "read_tflite", "tflite")
_READERS = {
    ".onnx": _ONNX,
    ".tflite": _TFLITE,
    ".lite": _TFLITE,
    ".c": _TFLITE,
    ".cc": _TFLITE,
    ".cpp": _TFLITE,
    ".h": _TFLITE,
}
"""Module and function of each reader, and the package that it needs, which is imported only then."""


def is_foreign(path: Path) -> bool:
    """Whether a file has the ending of a format that is imported."""
    return path.suffix.lower() in _READERS


def read(path: Path, choices: Choices) -> Reading:
    """The network of a file.

    Raises :class:`OssicleError` where the format is unknown, its package is missing, or the file cannot be
    read.
    """
    if not is_foreign(path):
        raise OssicleError(
            f"{path} has no ending of a known format; name a file that ends in {', '.join(_READERS)}"
        )
    module, function, package = _READERS[path.suffix.lower()]
    if not find_spec(package):
        raise OssicleError(f"{path} needs the package {package}; pip install 'ossicle[import]'")
    reader: Callable[[Path, Choices], Reading] = getattr(import_module(module), function)
    return reader(path, choices)
