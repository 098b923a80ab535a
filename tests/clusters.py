"""What the tests of bare-metal clusters share: small programs, and the two machines that run them."""

import importlib.util

import pytest

from ossicle.emit.bare import BareMachine
from ossicle.errors import OssicleError
from ossicle.run.harts import check_harts, run_harts
from ossicle.run.riscv import build_program
from ossicle.run.rtl import RtlCluster, RtlRun, check_rtl, run_rtl

STRICT = ("-Wall", "-Wextra", "-Werror", "-Wconversion")
HEAD = """
#include "audio.h"
#include "osc_cluster.h"
#define L1 __attribute__((section(".l1"), aligned(8)))
int main(void);
"""


def _missing(check) -> str:
    if not importlib.util.find_spec("ziglang"):
        return "ziglang is not installed; pip install 'ossicle[rtl]'"
    try:
        check()
    except OssicleError as error:
        return str(error)
    return ""


needs_rtl = pytest.mark.skipif(bool(_missing(check_rtl)), reason=_missing(check_rtl))
needs_harts = pytest.mark.skipif(bool(_missing(check_harts)), reason=_missing(check_harts))
BACKENDS = [pytest.param("rtl", marks=needs_rtl), pytest.param("harts", marks=needs_harts)]


def program(backend: str, text: str, workers: int = 8):
    """The ELF file of a C text that follows ``HEAD``."""
    return build_program(backend, {"program.c": HEAD + text}, BareMachine(workers), STRICT)


def bench(text: str, stdin: bytes = b"", limit_cycles: int = 1_000_000, **cluster) -> RtlRun:
    """A C text on the RTL bench."""
    machine = RtlCluster(**cluster)
    return run_rtl(program("rtl", text, machine.workers), machine, stdin, limit_cycles)


def output(backend: str, text: str, workers: int = 8, stdin: bytes = b"") -> bytes:
    """What a C text writes on either machine."""
    if backend == "rtl":
        return bench(text, stdin, workers=workers).stdout
    return run_harts(program("harts", text, workers), workers, stdin, limit_s=60)
