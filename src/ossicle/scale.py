"""The one way to work through a data set on all cores, or on a cluster."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TypeVar

from ossicle.errors import OssicleError

Item = TypeVar("Item")
Result = TypeVar("Result")
CLUSTERS = ("ray",)
MOST_JOBS = 1024


def run_all(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int = -1, threads: bool = False
) -> Iterator[Result]:
    """Yield ``function(item)`` of each item, in order, as they get ready.

    ``jobs`` counts processes, -1 for all cores; ``threads`` suits work that releases the interpreter's lock.
    Inside :func:`on_cluster`, or ``joblib.parallel_config`` with a backend, the work goes there; what cannot
    hand out results as they get ready hands them out at the end.
    """
    if not (0 < jobs <= MOST_JOBS or jobs == -1):
        raise OssicleError(f"{jobs} is no number of processes; give 1 to {MOST_JOBS}, or -1 for one a core")
    if jobs == 1 and threads:
        yield from map(function, items)
        return
    # Importing it takes as long as cleaning a minute of sound.
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    prefer = "threads" if threads else None
    # Without a backend that the caller chose, this is the local one, whatever `prefer` makes of it.
    as_ready = get_active_backend()[0].supports_return_generator
    parallel = Parallel(n_jobs=jobs, prefer=prefer, return_as="generator" if as_ready else "list")
    yield from parallel(delayed(function)(item) for item in items)


@contextmanager
def on_cluster(kind: str | None) -> Iterator[None]:
    """Send the processes of :func:`run_all` to a cluster: ``"ray"``, or none for this computer.

    Ray takes the cluster that ``RAY_ADDRESS`` names, or starts one here. Its nodes share this computer's file
    system, and have Ossicle installed.
    """
    if kind is None:
        yield
        return
    if kind not in CLUSTERS:
        raise OssicleError(f"there is no cluster {kind!r}; choose {' or '.join(CLUSTERS)}")
    if not find_spec("ray"):
        raise OssicleError("a Ray cluster needs ray; pip install 'ossicle[cluster]'")
    import ray
    from joblib import parallel_config
    from ray.util.joblib import register_ray

    if not ray.is_initialized():
        ray.init(include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    register_ray()
    with parallel_config("ray"):
        yield
