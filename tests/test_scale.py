"""One function for all the work on a data set: in order, on processes, threads or a cluster."""

import os
import threading
import time

import pytest
from joblib import parallel_config

from ossicle.errors import OssicleError
from ossicle.scale import on_cluster, run_all


def square(number):
    return number * number


def slow_first(number):
    time.sleep(0.1 if number == 0 else 0)
    return number


def process(_):
    time.sleep(0.05)
    return os.getpid()


def fail_at_three(number):
    if number == 3:
        raise ValueError("three")
    return number


@pytest.mark.parametrize(("jobs", "threads"), [(1, False), (2, False), (2, True)])
def test_results_come_in_the_order_of_the_items(jobs, threads):
    assert list(run_all(square, range(20), jobs, threads)) == [n * n for n in range(20)]
    assert list(run_all(slow_first, range(4), jobs, threads)) == [0, 1, 2, 3]


def test_nothing_to_do_gives_nothing():
    assert list(run_all(square, [], jobs=2)) == []


def test_items_may_come_from_a_generator_and_functions_from_the_spot():
    offset = 10
    assert list(run_all(lambda n: n + offset, (n for n in range(5)), jobs=2)) == [10, 11, 12, 13, 14]


def test_processes_are_others_and_threads_are_this_one():
    assert os.getpid() not in set(run_all(process, range(4), jobs=2))
    assert set(run_all(process, range(4), jobs=2, threads=True)) == {os.getpid()}
    assert set(run_all(process, range(4), jobs=1)) == {os.getpid()}


def test_threads_work_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20)
    assert sorted(run_all(lambda _: meeting.wait(), range(2), jobs=2, threads=True)) == [0, 1]


def test_a_result_is_there_before_the_others_are():
    first_was_seen = threading.Event()

    def wait_in_second(number):
        return number if number == 0 else first_was_seen.wait(20)

    results = run_all(wait_in_second, range(2), jobs=2, threads=True)
    assert next(results) == 0
    first_was_seen.set()
    assert next(results) is True


@pytest.mark.parametrize(("jobs", "threads"), [(1, False), (2, False), (2, True)])
def test_an_error_reaches_the_caller(jobs, threads):
    with pytest.raises(ValueError, match="three"):
        list(run_all(fail_at_three, range(8), jobs, threads))


def test_the_backend_that_the_caller_chose_does_the_work():
    with parallel_config(backend="threading", n_jobs=2):
        assert set(run_all(process, range(4))) == {os.getpid()}


def test_a_cluster_that_does_not_exist_is_refused():
    with pytest.raises(OssicleError, match="no cluster 'slurm'; choose ray"), on_cluster("slurm"):
        pass


@pytest.mark.parametrize("jobs", [0, -7])
def test_no_processes_are_refused(jobs):
    with pytest.raises(OssicleError, match=f"{jobs} is no number of processes"):
        list(run_all(square, range(3), jobs=jobs))


def test_without_a_cluster_the_work_stays_here():
    with on_cluster(None):
        assert set(run_all(process, range(4), jobs=1)) == {os.getpid()}


@pytest.mark.filterwarnings("ignore")
def test_a_ray_cluster_gives_the_results_of_this_computer(monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        with on_cluster("ray"):
            assert list(run_all(square, range(20))) == [n * n for n in range(20)]
            assert os.getpid() not in set(run_all(process, range(4)))
    finally:
        ray.shutdown()
