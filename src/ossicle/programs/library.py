"""Programs that Python runs, and the emitted C as a shared library for this computer, cached by content."""

import ctypes
import hashlib
import platform
import weakref
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from ossicle.errors import OssicleError
from ossicle.programs.compiler import compile_file, compiler_version, find_compiler
from ossicle.programs.kept import kept
from ossicle.programs.objects import compile_objects

SHIM = Path(str(resources.files("ossicle.programs"))) / "shim.c"
"""The functions by which Python finds any model."""


@dataclass(frozen=True)
class Library:
    """A built C folder, and what its ``model.json`` says of it."""

    path: Path
    summary: Mapping[str, Any] = field(repr=False)
    copies: bool = False
    """Whether it still copies into a state between two frames, until ``osc_host_quiet`` has been called."""

    def load(self) -> ctypes.CDLL:
        """The functions of the shims."""
        try:
            library = ctypes.CDLL(str(self.path))
        except OSError as error:
            raise OssicleError(
                f"the library {self.path} that the C compiler built cannot be loaded ({error}); set CC to "
                "the compiler of this computer"
            ) from None
        library.osc_host_state_bytes.restype = ctypes.c_size_t
        return library

    def keep(self, state: np.ndarray, stream: "Stream") -> None:
        """Keep the memory of a state when its stream is gone, for as long as it may still be copied into."""
        if self.copies:
            weakref.finalize(stream, _let_go, self.load(), state)


def _let_go(library: ctypes.CDLL, state: np.ndarray) -> None:
    """Wait for the copies that are still made into a state that is in use no more."""
    library.osc_host_quiet()


class Stream(ABC):
    """Frames one after the other through a built model."""

    state: np.ndarray
    """The state struct."""

    @abstractmethod
    def feed(self, inputs: np.ndarray) -> object:
        """Run the frames of ``inputs``, which the program reads, and return what they give."""


class Program(Protocol):
    """An emitted C folder, ready to be run from Python."""

    needs_folder: ClassVar[bool]
    """Whether it still reads the folder after it was made."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """What ``model.json`` says of it: sizes, front end, plan."""

    def run(self, inputs: Any) -> np.ndarray:
        """What the program puts out from reset, of the type that it has on a chip."""


@dataclass(frozen=True)
class LibraryProgram(ABC):
    """What a task makes of a library: a program that also streams."""

    library: Library
    needs_folder: ClassVar[bool] = False

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


def build_library(
    folder: Path, summary: Mapping[str, Any], shims: Sequence[Path], flags: Sequence[str]
) -> Path:
    """Compile an emitted C folder, or find the library of an earlier build of the very same sources.

    ``shims`` are C files by which Python calls it besides ``shim.c``, and ``flags`` what they need.
    """
    compiler = find_compiler()
    text = "\n".join(part.read_text("utf-8") for part in (SHIM, *shims))
    folder = folder.absolute()
    # A library keeps its names to itself: without those of osc_names.h, models share the objects of kernels.
    arguments = ["-std=c99", *summary["cflags"], "-fPIC", "-DOSC_NAMES_H", *flags]
    own = [f"-DOSC_MODEL={summary['name']}", f'-DOSC_HEADER="{summary["name"]}.h"', f"-I{folder}"]
    texts = [(folder / name).read_bytes() for name in sorted(summary["sha256"])]
    key = hashlib.sha256("\0".join([*toolchain(), *arguments, summary["name"], text]).encode())
    for source in texts:
        key.update(hashlib.sha256(source).digest())

    def compile_it(built: Path, scratch: Path) -> None:
        shim = scratch / "shim.c"
        shim.write_text(text, "utf-8")
        sources = [folder / name for name in summary["sources"]]
        objects = compile_objects(compiler, arguments, sources, [folder], toolchain())
        files = [str(shim), *map(str, objects)]
        compile_file(compiler, [*arguments, *own, "-shared", *files, "-lm"], built, scratch)

    return kept("host", f"{summary['name']}-{key.hexdigest()[:32]}.so", compile_it)


def toolchain() -> list[str]:
    """What a library depends on besides its sources: the compiler and its version, and the processor."""
    compiler = find_compiler()
    return [*compiler, compiler_version(compiler), _processor()]


def _processor() -> str:
    """What ``-march=native`` depends on, so that machines that share a cache do not share libraries."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(sorted({line for line in lines if line.startswith(("flags", "Features", "model name"))}))
