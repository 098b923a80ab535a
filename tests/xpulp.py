"""Calls of kernels for Xpulp: in their C forms on this machine, and on one core of the RTL testbench."""

import ctypes
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from tools import need

from ossicle.platforms.cluster.bare import BareMachine
from ossicle.platforms.cluster.build import build_program
from ossicle.platforms.cluster.rtl import RtlCluster, run_rtl
from ossicle.programs.compiler import find_compiler, run_compiler

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
FOLDERS = (KERNELS / "xpulp", KERNELS / "portable")
STRICT = ("-Wall", "-Wextra", "-Werror", "-Wconversion")
# What one function takes must not depend on how long those before it are.
ALIGNED = ("-falign-functions=4",)
CLUSTER = RtlCluster(workers=1, l1_bytes=1 << 20)
FUNCTIONS = (
    *("osc_matvec_w8a8", "osc_matvec_w8a16", "osc_matvec_w4a16", "osc_matvec_w16a16"),
    *("osc_byte_planes_s16", "osc_matvec_byte_planes_w8a16", "osc_matvec_byte_planes_w4a16"),
    *("osc_matvec_f32", "osc_matvec_f16"),
    *("osc_requantize_s8", "osc_requantize_s16", "osc_requantize_s32"),
    *("osc_lstm_s16", "osc_gru_s16", "osc_sigmoid_s16"),
    *("osc_lstm_f32", "osc_gru_f32", "osc_lstm_f16", "osc_gru_f16", "osc_activate_f16", "osc_linear_f32"),
    *("osc_convert_s16_s8", "osc_convert_f32_s16", "osc_convert_s16_f32", "osc_convert_f32_s8"),
    *("osc_convert_s8_f32", "osc_convert_f16_f32", "osc_convert_f32_f16"),
    *(f"osc_clamp_values_{kind}" for kind in ("f32", "f16", "s8", "s16")),
    *("osc_follow_level", "osc_compress"),
)
ARGUMENTS, FLOATS = 8, 2
"""Most that a function gets: words, and floats, which have registers of their own."""

# The controller runs the calls one by one in L1, with nobody else there. Words that hold offsets into the
# arena become addresses.
PROGRAM = """
#include "audio.h"
#include "osc_clamp_values.h"
#include "osc_kernels.h"
#include "osc_rtl.h"
#include "osc_byte_planes.h"

static uint8_t arena[900 << 10] __attribute__((section(".l1"), aligned(16)));
typedef struct { uint32_t function, bytes, offsets, arguments[8]; float floats[2]; } call_t;
static call_t call __attribute__((section(".l1")));
static uint32_t offset[16] __attribute__((section(".l1")));
typedef uint32_t word;
typedef void function_t(word, word, word, word, word, word, word, word, float, float);

static void nothing(void) {}
#define FUNCTION(name) (function_t *)(void (*)(void))name
static function_t *const functions[] = {NAMES};

int main(void)
{
    while (audio_read((int16_t *)(void *)&call, sizeof call / 2) > 0) {
        audio_read((int16_t *)(void *)offset, (int)call.offsets * 2);
        audio_read((int16_t *)(void *)arena, (int)call.bytes / 2);
        for (uint32_t i = 0; i < call.offsets; i++) {
            uint32_t *const words = offset[i] < 32 ? call.arguments : (uint32_t *)(void *)arena - 8;
            words[offset[i] / 4] += (uint32_t)(uintptr_t)arena;
        }
        const uint32_t *const a = call.arguments;
        const float *const f = call.floats;
        function_t *const function = functions[call.function];
        const uint32_t begin = OSC_RTL(OSC_RTL_CYCLE);
        function(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], f[0], f[1]);
        static uint32_t cycles __attribute__((section(".l1")));
        cycles = OSC_RTL(OSC_RTL_CYCLE) - begin;
        audio_write_bytes(&cycles, sizeof cycles);
        audio_write_bytes(arena, call.bytes);
    }
    return 0;
}
"""


# GAP's built-ins, as its manual describes them, for compilers that have none.
GAP_BUILTINS = """
#include <stdint.h>
typedef int8_t v4s __attribute__((vector_size(4)));
typedef uint8_t v4u __attribute__((vector_size(4)));
typedef int16_t v2s __attribute__((vector_size(4)));
static inline int32_t __builtin_pulp_sdotsp4(v4s a, v4s b, int32_t sum)
{
    for (int i = 0; i < 4; i++) sum = (int32_t)((uint32_t)sum + (uint32_t)(a[i] * b[i]));
    return sum;
}
static inline int32_t __builtin_pulp_sdotusp4(v4u a, v4s b, int32_t sum)
{
    for (int i = 0; i < 4; i++) sum = (int32_t)((uint32_t)sum + (uint32_t)(a[i] * b[i]));
    return sum;
}
static inline int32_t __builtin_pulp_sdotsp2(v2s a, v2s b, int32_t sum)
{
    for (int i = 0; i < 2; i++) sum = (int32_t)((uint32_t)sum + (uint32_t)(a[i] * b[i]));
    return sum;
}
#ifdef __clang__ /* GCC has this one for all processors */
static inline v4s __builtin_shuffle(v4s a, v4s b, v4s mask)
{
    v4s y;
    for (int i = 0; i < 4; i++) y[i] = (mask[i] & 4 ? b : a)[mask[i] & 3];
    return y;
}
#endif
static inline int32_t __builtin_pulp_addRN_r(int32_t a, int32_t b, uint32_t n)
{
    return (int32_t)((uint32_t)a + (uint32_t)b + (1u << (n & 31) >> 1)) >> (n & 31);
}
static inline int32_t __builtin_pulp_mulsRN(int32_t a, int32_t b, uint32_t n, uint32_t r)
{
    return (int32_t)((uint32_t)((int16_t)a * (int16_t)b) + r) >> n;
}
"""
FORMS = ("plain", "gap", "rtl")


@dataclass(frozen=True)
class Call:
    """A function and its arguments: numbers, arrays that it gets the addresses of, or lists for structs.

    The members of a struct are arrays, None for null pointers, and then numbers.
    """

    name: str
    arguments: Sequence


def run_calls(calls: Sequence[Call], form: str) -> list[tuple[list[np.ndarray], int]]:
    """What the arrays among the arguments of each call hold after it, and its cycles.

    ``form`` is one of ``FORMS``: plain C on this machine, GAP's built-ins as C functions there, or the RTL
    bench, which alone tells cycles: those that the call of an empty function would not take. In ``"halves"``
    this machine's compiler computes with pairs of halves, too, and ``"portable"`` are the portable kernels.
    """
    return run_on_rtl(calls) if form == "rtl" else run_here(calls, form)


def run_here(calls: Sequence[Call], form: str) -> list[tuple[list[np.ndarray], int]]:
    kernels, results = library(form), []
    for call in calls:
        kept, arguments = [], []
        for argument in call.arguments:
            if isinstance(argument, list):
                parts = [struct.pack("P", 0) if part is None else _packed(part) for part in argument]
                argument = np.frombuffer(b"".join(parts), np.uint8)
            elif isinstance(argument, np.ndarray):
                kept.append(argument := argument.copy())
            if isinstance(argument, np.ndarray):
                argument = argument.ctypes.data_as(ctypes.c_void_p)
            elif isinstance(argument, float):
                argument = ctypes.c_float(argument)
            arguments.append(argument)
        kernels[call.name](*arguments)
        results.append((kept, 0))
    return results


def _packed(part: np.ndarray | int) -> bytes:
    return struct.pack("P", part.ctypes.data) if isinstance(part, np.ndarray) else struct.pack("i", part)


@cache
def library(form: str) -> ctypes.CDLL:
    """The kernels for this machine."""
    flags = {"gap": ["-DOSC_GAP", "-include", "builtins.h"], "halves": ["-DOSC_HALF_PAIRS"]}.get(form, [])
    folders = FOLDERS[1:] if form == "portable" else FOLDERS
    flags += ["-std=c99", "-O2", "-ffp-contract=off", *STRICT, *(f"-I{path}" for path in folders)]
    files = map(str, sources(folders))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "builtins.h").write_text(GAP_BUILTINS)
        run_compiler(find_compiler(), [*flags, "-shared", "-fPIC", "-o", "kernels.so", *files], Path(folder))
        return ctypes.CDLL(str(Path(folder, "kernels.so")))


def sources(folders: Sequence[Path] = FOLDERS) -> list[Path]:
    """The first file of each function; the portable kernels do not have all of them."""
    files = (
        next((f / f"{name}.c" for f in folders if (f / f"{name}.c").exists()), None) for name in FUNCTIONS
    )
    return [*filter(None, files), KERNELS / "portable" / "osc_tanh_table.c"]


@dataclass
class _Arena:
    """Memory of a call on the bench."""

    data: bytearray = field(default_factory=bytearray)
    offsets: list[int] = field(default_factory=list)
    """Where addresses are, counted from the arguments, which the memory follows."""

    def put(self, data: bytes) -> int:
        self.data += bytes(-len(self.data) % 8)
        self.data += data
        return len(self.data) - len(data)

    def word(self, value: np.ndarray | int | None, place: int) -> int:
        """Word of an argument, or of a member of a struct, that is to lie at a place."""
        if not isinstance(value, np.ndarray):
            return int(value or 0) & 0xFFFFFFFF
        self.offsets.append(place)
        return self.put(value.tobytes())

    def struct(self, members: list, place: int) -> int:
        at = self.put(bytes(4 * len(members)))
        words = [self.word(member, 4 * ARGUMENTS + at + 4 * i) for i, member in enumerate(members)]
        self.data[at : at + 4 * len(members)] = np.array(words, np.uint32).tobytes()
        self.offsets.append(place)
        return at


def run_on_rtl(calls: Sequence[Call]) -> list[tuple[list[np.ndarray], int]]:
    stdin, arenas = b"", []
    for call in [Call("nothing", []), *calls]:
        arena, words, places = _Arena(), [], []
        floats = [argument for argument in call.arguments if isinstance(argument, float)]
        for argument in call.arguments:
            if isinstance(argument, float):
                continue
            put = arena.struct if isinstance(argument, list) else arena.word
            words.append(put(argument, 4 * len(words)))
            if isinstance(argument, np.ndarray):
                places.append((words[-1], argument))
        arena.put(b"")
        index = FUNCTIONS.index(call.name) if call.name in FUNCTIONS else len(FUNCTIONS)
        header = [index, len(arena.data), len(arena.offsets), *words, *[0] * (ARGUMENTS - len(words))]
        stdin += np.array(header, np.uint32).tobytes()
        stdin += np.array([*floats, *[0] * (FLOATS - len(floats))], np.float32).tobytes()
        stdin += np.array(arena.offsets, np.uint32).tobytes() + arena.data
        arenas.append((len(arena.data), places))
    stdout, results = run_rtl(program(), CLUSTER, stdin).stdout, []
    for length, places in arenas:
        cycles, memory = int(np.frombuffer(stdout[:4], np.uint32)[0]), stdout[4 : 4 + length]
        arrays = [np.frombuffer(memory, like.dtype, like.size, at).reshape(like.shape) for at, like in places]
        results.append((arrays, cycles))
        stdout = stdout[4 + length :]
    nothing = results[0][1]
    return [(arrays, cycles - nothing) for arrays, cycles in results[1:]]


@cache
def program() -> Path:
    """The ELF file for the bench, or a skipped test where what it takes is not installed."""
    need("rtl")
    names = ", ".join(f"FUNCTION({name})" for name in (*FUNCTIONS, "nothing"))
    headers = [header for folder in FOLDERS[::-1] for header in sorted(folder.glob("*.h"))]
    texts = {path.name: path.read_text("utf-8") for path in (*headers, *sources())}
    texts["calls.c"] = PROGRAM.replace("NAMES", names)
    machine = BareMachine(CLUSTER.workers, 4096, CLUSTER.l1_bytes, CLUSTER.l2_bytes)
    return build_program("rtl", texts, machine, (*STRICT, *ALIGNED))
