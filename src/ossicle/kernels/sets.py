"""Kernel sets, and the choice among several of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from pkgutil import iter_modules

from ossicle.errors import OssicleError
from ossicle.kernels.forms import PLAIN
from ossicle.kernels.kernel import Kernel

FOLDER = resources.files("ossicle") / "kernels"


class NoKernelError(OssicleError):
    """No kernel of a target computes what is asked for."""


@dataclass(frozen=True)
class KernelSet:
    """The kernels for one kind of core: a folder of C files, and the records of the functions in them."""

    name: str
    kernels: tuple[Kernel, ...]
    place: Path | None = None
    """The folder; None for the one of that name beside this module."""
    plain: bool = False
    """Whether it is plain C, which runs on every core."""
    processors: tuple[str, ...] = ()
    """Of computers, as Python calls them, in small letters, which it is for; none: targets alone decide."""

    @property
    def folder(self) -> Traversable:
        """Where the C files and headers are."""
        return self.place or FOLDER / self.name


@dataclass(frozen=True)
class Kernels:
    """The kernels that a target can call: sets, the most specific first.

    ``parallel`` is for cores that share the rows of a product: they stage an operand once for all of them, so
    that kernels which read staged operands come first, and only those will do of which each core can compute
    a range. ``streams`` is for programs that take a frame of several streams at once: products that multiply
    the operands of all streams by a weight while it is there come first.
    """

    sets: tuple[KernelSet, ...]
    parallel: bool = False
    streams: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sets."""
        return tuple(kernels.name for kernels in self.sets)

    @property
    def plain(self) -> "Kernels":
        """Those that run on every core, for one core alone."""
        return Kernels(tuple(kernels for kernels in self.sets if kernels.plain))

    def on(self, processor: str) -> "Kernels":
        """Those that are of use on a computer with a processor, as Python calls it."""
        fitting = (of for of in self.sets if not of.processors or processor.lower() in of.processors)
        return replace(self, sets=tuple(fitting))

    def find(self, operation: str, types: str = "") -> Kernel | None:
        """The kernel of the most specific set that has one, or None."""
        for kernels in self.sets:
            fitting = [k for k in kernels.kernels if (k.operation, k.types) == (operation, types)]
            if self.parallel:
                fitting = [kernel for kernel in fitting if kernel.shareable]
            if fitting:
                return min(fitting, key=lambda kernel: (kernel.operand == PLAIN) == self.parallel)
        return None

    def place(self, kernel: Kernel) -> int:
        """How far behind the most specific set that of a kernel is."""
        return next(place for place, kernels in enumerate(self.sets) if kernel in kernels.kernels)

    def need(self, operation: str, types: str = "") -> Kernel:
        """Likewise; raises :class:`NoKernelError` where none has one."""
        kernel = self.find(operation, types)
        if kernel is None:
            raise NoKernelError(
                f"no kernel of {', '.join(self.names)} computes {operation} {types}".rstrip()
                + (" on a share of the rows" if self.parallel else "")
            )
        return kernel

    def file(self, name: str) -> str:
        """Text of a C file or header; empty where no set has it.

        A function comes from the first set that has a record of it, all else from the first folder.
        """
        recorded = [
            kernels for kernels in self.sets if any(f"{kernel.name}.c" == name for kernel in kernels.kernels)
        ]
        for kernels in recorded or self.sets:
            path = kernels.folder / name
            if path.is_file():
                return path.read_text("utf-8")
        return ""


def set_names() -> list[str]:
    """Names of the sets that ship: a folder each, whose package holds a ``SET``."""
    packages = [module.name for module in iter_modules([str(FOLDER)]) if module.ispkg]
    return sorted(name for name in packages if name != "layouts")


def load_kernels(names: Sequence[str], parallel: bool = False) -> Kernels:
    """Sets by their names, the most specific first; raises :class:`OssicleError` where one is unknown."""
    for name in names:
        if name not in set_names():
            raise OssicleError(f"there is no kernel set {name!r}; choose of {', '.join(set_names())}")
    return Kernels(tuple(import_module(f"ossicle.kernels.{name}").SET for name in names), parallel)
