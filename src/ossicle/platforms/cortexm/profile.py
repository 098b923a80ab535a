"""Exact counts of the basic blocks that an emulated program runs, by layer."""

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ossicle.cache import cache_folder
from ossicle.errors import OssicleError
from ossicle.programs.compiler import compiler_version, find_compiler, run_compiler
from ossicle.programs.elf import Elf

if TYPE_CHECKING:
    from unicorn import Uc

HOOK = Path(__file__).parent / "block_hook.c"
UC_HOOK_BLOCK = 8


class _Profile(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_uint64) for name in ("begin", "halfwords")),
        *((name, ctypes.c_void_p) for name in ("layer_of", "bytes", "count", "taken")),
        *((name, ctypes.c_uint64) for name in ("layer", "previous", "previous_end", "strays")),
    )


@dataclass(frozen=True)
class Block:
    """A straight run of code: how often it ran, and how often it ended in a jump."""

    address: int
    bytes: int
    count: int
    taken: int


class Profile:
    """Counts blocks of a program; ``layers`` gives, by layer, the functions that mean it.

    The first layer is the current one at the start.
    """

    def __init__(self, elf: Elf, layers: Mapping[str, Sequence[str]]) -> None:
        halfwords = len(elf.text) // 2
        self.layers = tuple(layers)
        self._begin = elf.text_address
        self._layer_of = np.full(halfwords, -1, np.int16)
        self._bytes = np.zeros(halfwords, np.uint16)
        self._count = np.zeros((len(layers), halfwords), np.uint64)
        self._taken = np.zeros((len(layers), halfwords), np.uint64)
        meaning = {function: i for i, functions in enumerate(layers.values()) for function in functions}
        starts = [*elf.functions, (elf.text_address + len(elf.text), "")]
        for (start, name), (end, _) in pairwise(starts):
            first, last = (start - self._begin) // 2, (end - self._begin) // 2
            self._layer_of[first:last] = meaning.get(name, -1)
        arrays = (a.ctypes.data for a in (self._layer_of, self._bytes, self._count, self._taken))
        self._profile = _Profile(self._begin, halfwords, *arrays, 0, 0, self._begin, 0)

    def attach(self, emulator: "Uc") -> None:
        """Have a ``unicorn.Uc`` call the hook, as C and not through Python, at every block."""
        from unicorn.unicorn_py3.unicorn import uclib

        self._library = ctypes.CDLL(str(_library()))
        handle = ctypes.c_size_t()
        callback = ctypes.cast(self._library.osc_profile_block, ctypes.c_void_p)
        status = uclib.uc_hook_add(
            emulator._uch, ctypes.byref(handle), UC_HOOK_BLOCK, callback, ctypes.byref(self._profile), 1, 0
        )
        if status:
            raise OssicleError(f"unicorn refused the hook that counts blocks (error {status})")

    def clear(self) -> None:
        """Set all counts to zero."""
        self._count[:] = 0
        self._taken[:] = 0
        self._profile.layer = self._profile.previous = 0
        self._profile.previous_end = self._begin

    def blocks(self, layer: str) -> list[Block]:
        """What ran for a layer, by address."""
        if self._profile.strays:
            raise OssicleError(
                "the program ran code outside of its code section, so its counts are not exact"
            )
        count, taken = (a[self.layers.index(layer)] for a in (self._count, self._taken))
        return [
            Block(self._begin + 2 * int(i), int(self._bytes[i]), int(count[i]), int(taken[i]))
            for i in np.flatnonzero(count)
        ]


def _library() -> Path:
    """The hook built by the compiler of this computer, or by an earlier run."""
    source, compiler = HOOK.read_text("utf-8"), find_compiler()
    key = hashlib.sha256("\0".join([*compiler, compiler_version(compiler), source]).encode()).hexdigest()
    library = cache_folder() / "emulator" / f"block_hook-{key[:32]}.so"
    if not library.exists():
        try:
            library.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=library.parent) as scratch:
                path = Path(scratch) / "block_hook.c"
                path.write_text(source, "utf-8")
                built = path.with_suffix(".so")
                run_compiler(compiler, ["-std=c99", "-O2", "-shared", "-fPIC", "-o", str(built), str(path)])
                os.replace(built, library)
        except OSError as error:
            raise OssicleError(
                f"cannot write to the cache {library.parent} ({error.strerror}); set OSSICLE_CACHE to another"
            ) from None
    return library
