"""The kernels for 64-bit Arm called one by one on QEMU, each array with an end that nothing may pass."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ossicle.kernels import load_kernels
from ossicle.platforms.linux.qemu import run_qemu
from ossicle.programs import cross
from ossicle.targets import load_target

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
FOLDERS = (KERNELS / "aarch64", KERNELS / "portable")
SET = load_kernels(["aarch64"]).sets[0]
NAMES = [kernel.name for kernel in SET.kernels]
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion"]
TRAPS = ["-fsanitize=undefined", "-fsanitize-trap=undefined"]
ARGUMENTS = 8

# Reads calls from standard input, and writes what is in their blocks after each. A block ends where a page
# ends, and the next page cannot be touched. Integers and addresses are passed alike, in registers of 64 bits.
PROGRAM = """
#define _GNU_SOURCE
#include "osc_kernels.h"
#include <stdio.h>
#include <sys/mman.h>

#define PAGE 65536u

typedef void function_t(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
#define FUNCTION(name) (function_t *)(void (*)(void))name
static function_t *const functions[] = {NAMES};

static int get(void *data, size_t bytes) { return fread(data, 1, bytes, stdin) == bytes; }

static size_t whole_pages(uint32_t bytes) { return (bytes + PAGE - 1) / PAGE * PAGE; }

static uint8_t *guarded(uint32_t bytes)
{
    const int rights = PROT_READ | PROT_WRITE, kind = MAP_PRIVATE | MAP_ANONYMOUS;
    const size_t size = whole_pages(bytes);
    uint8_t *const pages = mmap(NULL, size + PAGE, rights, kind, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + size, PAGE, PROT_NONE) != 0) return NULL;
    return pages + size - bytes;
}

int main(void)
{
    struct { uint32_t function, blocks, pointers; } call;
    while (get(&call, sizeof call)) {
        uint64_t a[8];
        uint32_t bytes[16];
        uint8_t *block[16];
        if (!get(a, sizeof a)) return 2;
        for (uint32_t b = 0; b < call.blocks; b++) {
            if (!get(&bytes[b], 4) || !(block[b] = guarded(bytes[b])) || !get(block[b], bytes[b])) return 2;
        }
        for (uint32_t p = 0; p < call.pointers; p++) {
            uint32_t at[3]; /* block, or none for an argument, and place of an address, and its block */
            if (!get(at, sizeof at)) return 2;
            uint8_t *const place = at[0] < call.blocks ? block[at[0]] : (uint8_t *)a;
            *(uint64_t *)(void *)(place + at[1]) = (uint64_t)(uintptr_t)block[at[2]];
        }
        functions[call.function](a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
        for (uint32_t b = 0; b < call.blocks; b++) {
            fwrite(block[b], 1, bytes[b], stdout);
            munmap(block[b] + bytes[b] - whole_pages(bytes[b]), whole_pages(bytes[b]) + PAGE);
        }
    }
    return 0;
}
"""


@dataclass(frozen=True)
class Call:
    """A function and its arguments: integers, arrays that it gets the addresses of, or lists for structs.

    The members of a struct are arrays, None for null pointers, and integers of 32 bits.
    """

    name: str
    arguments: Sequence


class _Memory:
    """The blocks of a call, and the addresses in them."""

    def __init__(self, call: Call) -> None:
        self.blocks: list[bytes] = []
        self.arrays: list[tuple[int, np.ndarray]] = []
        self.pointers: list[tuple[int, int, int]] = []
        words = [self._argument(argument, 8 * at) for at, argument in enumerate(call.arguments)]
        self.words = words + [0] * (ARGUMENTS - len(words))

    def _argument(self, argument, place: int) -> int:
        if isinstance(argument, list):
            self.pointers.append((0xFFFFFFFF, place, self._struct(argument)))
        elif isinstance(argument, np.ndarray):
            self.pointers.append((0xFFFFFFFF, place, self._array(argument)))
        else:
            return int(argument) & 0xFFFFFFFF
        return 0

    def _array(self, array: np.ndarray) -> int:
        self.blocks.append(array.tobytes())
        self.arrays.append((len(self.blocks) - 1, array))
        return len(self.blocks) - 1

    def _struct(self, members: list) -> int:
        own, data = len(self.blocks), b""
        self.blocks.append(b"")
        for member in members:
            if isinstance(member, np.ndarray):
                self.pointers.append((own, len(data), self._array(member)))
            data += struct.pack("<i", member) if isinstance(member, int) else bytes(8)
        self.blocks[own] = data + bytes(-len(data) % 8)
        return own

    def stdin(self, function: int) -> bytes:
        parts = [struct.pack("<3I8Q", function, len(self.blocks), len(self.pointers), *self.words)]
        parts += [struct.pack("<I", len(block)) + block for block in self.blocks]
        return b"".join([*parts, *(struct.pack("<3I", *pointer) for pointer in self.pointers)])

    def read(self, stdout: bytes) -> list[np.ndarray]:
        ends = np.cumsum([0, *map(len, self.blocks)])
        parts = ((stdout[ends[at] : ends[at + 1]], like) for at, like in self.arrays)
        return [np.frombuffer(part, like.dtype).reshape(like.shape) for part, like in parts]


def run_calls(calls: Sequence[Call], target: str, cpu: str = "") -> list[list[np.ndarray]]:
    """What the arrays among the arguments of each call hold after it; ``cpu`` is another of QEMU's."""
    chosen, memories = load_target(target), [_Memory(call) for call in calls]
    stdin = b"".join(of.stdin(NAMES.index(call.name)) for of, call in zip(memories, calls, strict=True))
    chosen = replace(chosen, qemu_cpu=cpu or chosen.qemu_cpu)
    stdout, results = run_qemu(program(target), chosen, stdin), []
    for memory in memories:
        results.append(memory.read(stdout))
        stdout = stdout[sum(map(len, memory.blocks)) :]
    return results


@cache
def program(target: str) -> Path:
    """The ELF file with all kernels of the set."""
    chosen = load_target(target)
    sources = [FOLDERS[0] / f"{name}.c" for name in NAMES] + [FOLDERS[1] / "osc_tanh_table.c"]
    headers = [path for folder in FOLDERS for path in sorted(folder.glob("*.h"))]
    flags = [*STRICT, *chosen.zig, *chosen.cflags, *TRAPS]
    with TemporaryDirectory() as scratch:
        calls = Path(scratch) / "calls.c"
        calls.write_text(PROGRAM.replace("NAMES", ", ".join(f"FUNCTION({name})" for name in NAMES)))
        return cross.build(cross.ZIG, "linux", "kernels", flags, (), [*sources, *headers, calls], FOLDERS)
