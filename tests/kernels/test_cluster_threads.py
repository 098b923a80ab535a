"""The cluster on threads: forks, barriers and transfers do what osc_cluster.h says, and hide no race."""

import ctypes
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cluster import (
    FLAGS,
    FORKS,
    RACE,
    STRICT,
    THREADS,
    TRANSFERS,
    build_program,
    run_program,
)
from compiled import POINTER, at

from ossicle.programs.compiler import find_compiler, run_compiler


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_forks_and_barriers_order_the_workers(tmp_path, race_detector, workers):
    flags = f"-DOSC_WORKERS={workers}", "-DBARRIER=osc_barrier()", race_detector
    done = run_program(build_program(tmp_path, FORKS, [THREADS], *flags))
    assert done.returncode == 0, done.stderr


def test_a_missing_barrier_is_seen(tmp_path, race_detector):
    done = run_program(build_program(tmp_path, FORKS, [THREADS], "-DBARRIER=((void)0)", race_detector))
    assert done.returncode == RACE and "data race" in done.stderr


def test_transfers_have_arrived_where_they_were_waited_for(tmp_path, race_detector):
    flags = "-DARRIVE=1", "-DWAIT=1", race_detector
    done = run_program(build_program(tmp_path, TRANSFERS, [THREADS], *flags))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["ARRIVE", "WAIT"])
def test_a_missing_wait_is_seen(tmp_path, race_detector, missing):
    flags = [f"-D{name}={int(name != missing)}" for name in ("ARRIVE", "WAIT")]
    done = run_program(build_program(tmp_path, TRANSFERS, [THREADS], *flags, race_detector))
    assert done.returncode == RACE and "data race" in done.stderr


LIBRARY = """
#include "osc_cluster.h"

typedef struct {
    int64_t *values, *copies;
    int count;
} job_t;

static void square(void *argument, int worker)
{
    const job_t *const job = argument;
    for (int i = worker; i < job->count; i += OSC_WORKERS + 1) {
        job->copies[i] *= job->copies[i];
    }
}

/* More transfers than ids, each id waited for by its latest one. */
void run_job(int64_t *values, int64_t *copies, int count);
void run_job(int64_t *values, int64_t *copies, int count)
{
    job_t job = {values, copies, count};
    for (int i = 0; i < count; i++) {
        osc_dma_issue(i % OSC_TRANSFERS, copies + i, values + i, 8);
    }
    for (int i = 0; i < OSC_TRANSFERS; i++) {
        osc_dma_wait(i);
    }
    osc_fork(square, &job);
}
"""


@pytest.fixture
def library(tmp_path):
    (tmp_path / "job.c").write_text(LIBRARY)
    path = tmp_path / "job.so"
    flags = [*STRICT, *FLAGS, "-shared", "-fPIC", "-o", str(path)]
    run_compiler(find_compiler(), [*flags, str(tmp_path / "job.c"), str(THREADS)])
    return ctypes.CDLL(str(path))


def squares(library, seed: int) -> bool:
    values = np.random.default_rng(seed).integers(-1000, 1000, 100)
    copies = np.zeros_like(values)
    library.run_job.argtypes = (POINTER, POINTER, ctypes.c_int)
    library.run_job(at(values), at(copies), len(values))
    return bool((copies == values**2).all())


def test_several_threads_share_the_cluster_of_a_process(library):
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda seed: squares(library, seed), range(40)))


def in_child(library, results) -> None:
    results.put(squares(library, 1))


def test_a_forked_process_has_a_cluster_of_its_own(library):
    assert squares(library, 0)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=in_child, args=(library, results))
    child.start()
    assert results.get(timeout=60)
    child.join(60)
    assert child.exitcode == 0 and squares(library, 2)
