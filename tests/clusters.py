"""What the tests of bare-metal clusters share: small programs, and the two machines that run them."""

import pytest

from ossicle.platforms.cluster.bare import BareMachine
from ossicle.platforms.cluster.build import build_program
from ossicle.platforms.cluster.harts import run_harts
from ossicle.platforms.cluster.rtl import RtlCluster, RtlRun, run_rtl

STRICT = ("-Wall", "-Wextra", "-Werror", "-Wconversion")
HEAD = """
#include "audio.h"
#include "osc_cluster.h"
#define L1 __attribute__((section(".l1"), aligned(8)))
int main(void);
"""


needs_rtl, needs_harts = pytest.mark.needs("rtl"), pytest.mark.needs("harts")
BACKENDS = [pytest.param("rtl", marks=needs_rtl), pytest.param("harts", marks=needs_harts)]


def program(backend: str, text: str, workers: int = 8):
    """The ELF file of a C text that follows ``HEAD``."""
    return build_program(backend, {"program.c": HEAD + text}, BareMachine(workers), STRICT)


def bench(text: str, stdin: bytes = b"", limit_cycles: int = 1_000_000, **cluster) -> RtlRun:
    """A C text on the RTL testbench."""
    machine = RtlCluster(**cluster)
    return run_rtl(program("rtl", text, machine.workers), machine, stdin, limit_cycles)


def output(backend: str, text: str, workers: int = 8, stdin: bytes = b"") -> bytes:
    """What a C text writes on either machine."""
    if backend == "rtl":
        return bench(text, stdin, workers=workers).stdout
    return run_harts(program("harts", text, workers), workers, stdin, limit_s=60)
