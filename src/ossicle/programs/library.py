"""The emitted C as a shared library for this computer, cached by content."""

import ctypes
import hashlib
import os
import platform
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.cache import cache_folder
from ossicle.errors import OssicleError
from ossicle.run.compiler import compiler_version, find_compiler, run_compiler
from ossicle.run.folder import read_summary

SHIMS = resources.files("ossicle.run") / "shims"


@dataclass(frozen=True)
class Library:
    """A built C folder, and what its ``model.json`` says of it."""

    path: Path
    summary: Mapping[str, Any] = field(repr=False)

    def load(self) -> ctypes.CDLL:
        """The functions of the shim."""
        library = ctypes.CDLL(str(self.path))
        library.osc_host_state_bytes.restype = ctypes.c_size_t
        return library


class Stream(ABC):
    """Frames one after the other through a built model."""

    state: np.ndarray
    """The state struct."""

    @abstractmethod
    def feed(self, inputs: np.ndarray) -> object:
        """Run the frames of ``inputs``, which the program reads, and return what they give."""


@dataclass(frozen=True)
class Program(ABC):
    """What a task makes of a library."""

    library: Library

    @property
    def summary(self) -> Mapping[str, Any]:
        """What ``model.json`` says of it: sizes, front end, plan."""
        return self.library.summary

    @property
    @abstractmethod
    def rate(self) -> float | None:
        """Frames a second; None where nobody knows."""

    @abstractmethod
    def open(self) -> Stream:
        """Start a stream, its state reset."""

    @abstractmethod
    def noise(self, frames: int) -> np.ndarray:
        """Noise for so many frames, to time a stream with."""

    @abstractmethod
    def run(self, inputs: Any) -> np.ndarray:
        """What the program puts out from reset, of the type that it has on a chip."""


def build_library(folder: Path, shim: Path, flags: Sequence[str]) -> Library:
    """Compile an emitted C folder, or find the library of an earlier build of the very same sources.

    ``shim`` is the C of its task by which Python calls it, and ``flags`` what that needs.
    """
    summary = read_summary(folder)
    if "board" in summary or summary.get("backend", "threads") != "threads":
        raise OssicleError(
            f"{folder} is for the target {summary['target']}, not for this computer; try ossicle run --target"
        )
    compiler = find_compiler()
    parts = [SHIMS / "model.c", shim, *([SHIMS / "threads.c"] if "backend" in summary else [])]
    text = "\n".join(part.read_text("utf-8") for part in parts)
    arguments = [
        "-std=c99",
        *summary["cflags"],
        "-shared",
        "-fPIC",
        f"-DOSC_MODEL={summary['name']}",
        f'-DOSC_HEADER="{summary["name"]}.h"',
        "-I.",
        *flags,
    ]
    texts = [(folder / name).read_bytes() for name in sorted(summary["sha256"])]
    key = hashlib.sha256(
        "\0".join([*compiler, compiler_version(compiler), _processor(), *arguments, text]).encode()
    )
    for source in texts:
        key.update(hashlib.sha256(source).digest())
    library = cache_folder() / "host" / f"{summary['name']}-{key.hexdigest()[:32]}.so"
    if not library.exists():
        _compile(folder, summary["sources"], compiler, arguments, text, library)
    return Library(library, summary)


def _compile(
    folder: Path, sources: list[str], compiler: Sequence[str], arguments: list[str], shim: str, library: Path
) -> None:
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=library.parent) as scratch:
            (Path(scratch) / "shim.c").write_text(shim, "utf-8")
            built = Path(scratch) / library.name
            files = [*sources, str(Path(scratch) / "shim.c")]
            run_compiler(compiler, [*arguments, "-o", str(built), *files, "-lm"], folder)
            os.replace(built, library)
    except OSError as error:
        raise OssicleError(
            f"cannot write to the cache {library.parent} ({error.strerror}); set OSSICLE_CACHE to another"
        ) from None


def _processor() -> str:
    """What ``-march=native`` depends on, so that machines that share a cache do not share libraries."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(sorted({line for line in lines if line.startswith(("flags", "Features", "model name"))}))
