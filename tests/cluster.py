"""Programs for the cluster on threads of this computer, built with a race detector where there is one."""

import os
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ossicle.errors import OssicleError
from ossicle.programs.compiler import find_compiler, run_compiler

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
THREADS = KERNELS / "cluster" / "threads.c"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion")
INCLUDE = (f"-I{KERNELS / 'cluster'}", f"-I{KERNELS / 'portable'}")
FLAGS = ("-O2", "-g", "-ffp-contract=off", "-pthread", *INCLUDE)
RACE = 66
"""What a program ends with where the race detector has found something."""


FORKS = """
#include "osc_cluster.h"

/* Each worker writes its place, then reads its neighbour's: four rounds of both in one task. */
typedef struct {
    int place[OSC_WORKERS], sum[OSC_WORKERS];
} state_t;

static void task(void *argument, int worker)
{
    state_t *const state = argument;
    for (int round = 0; worker < OSC_WORKERS && round < 4; round++) {
        state->place[worker] += worker + round;
        BARRIER;
        state->sum[worker] += state->place[(worker + 1) % OSC_WORKERS];
        BARRIER;
    }
}

int main(void)
{
    state_t state = {{0}, {0}};
    int place[OSC_WORKERS] = {0}, sum[OSC_WORKERS] = {0};
    for (int fork = 0; fork < 20; fork++) {
        osc_fork(task, &state);
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < OSC_WORKERS; i++) {
                place[i] += i + round;
            }
            for (int i = 0; i < OSC_WORKERS; i++) {
                sum[i] += place[(i + 1) % OSC_WORKERS];
            }
        }
        for (int i = 0; i < OSC_WORKERS; i++) {
            if (state.place[i] != place[i] || state.sum[i] != sum[i]) {
                return 1;
            }
        }
    }
    return 0;
}
"""

TRANSFERS = """
#include "osc_cluster.h"

static uint64_t l3[3][64], l2[3][64], l1[3][64];
static uint64_t total;

static void task(void *argument, int worker)
{
    const uint64_t *const values = argument;
    if (worker == 0) {
        for (int i = 0; i < 64; i++) {
            total += values[i];
        }
    }
}

/* The ARRIVE and the WAIT of the second of three transfers can be left out. */
int main(void)
{
    uint64_t wanted = 0;
    total = 0;
    osc_dma_wait(3);
    for (int frame = 0; frame < 10; frame++) {
        for (int t = 0; t < 3; t++) {
            for (int i = 0; i < 64; i++) {
                l3[t][i] = (uint64_t)(1000 * frame + 64 * t + i);
                wanted += l3[t][i];
            }
            osc_l3_issue(t, l2[t], l3[t], sizeof l3[t]);
        }
        for (int t = 0; t < 3; t++) {
            if (ARRIVE || t != 1) {
                osc_l3_wait(t);
            }
            osc_dma_issue(t, l1[t], l2[t], sizeof l2[t]);
        }
        for (int t = 0; t < 3; t++) {
            if (WAIT || t != 1) {
                osc_dma_wait(t);
                osc_dma_wait(t);
            }
            osc_fork(task, l1[t]);
        }
        osc_dma_wait(1);
    }
    return total != wanted;
}
"""


def build_program(folder: Path, text: str, sources: Sequence[Path], *flags: str) -> Path:
    """Compile a program for the cluster; returns its path."""
    (folder / "program.c").write_text(text)
    program = folder / "program"
    files = [str(folder / "program.c"), *map(str, sources)]
    run_compiler(find_compiler(), [*STRICT, *FLAGS, *flags, "-o", str(program), *files, "-lm"])
    return program


def run_program(program: Path, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess:
    """Run a program to its end, whatever that is."""
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=os.environ | {"TSAN_OPTIONS": "atexit_sleep_ms=0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@cache
def _race_detector_works() -> bool:
    with TemporaryDirectory() as folder:
        try:
            program = build_program(Path(folder), "int main(void) { return 0; }", [], "-fsanitize=thread")
        except OssicleError:
            return False
        return run_program(program).returncode == 0


@pytest.fixture(scope="session")
def race_detector() -> str:
    """The flag of the race detector."""
    if not _race_detector_works():
        pytest.skip("the C compiler has no working ThreadSanitizer")
    return "-fsanitize=thread"
