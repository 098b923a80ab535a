"""The one way to work through a data set on all cores, or on a cluster."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, delayed

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int = -1, threads: bool = False
) -> Iterator[Result]:
    """Yield ``function(item)`` of each item, in order, as they get ready.

    ``jobs`` counts processes, -1 for all cores; ``threads`` suits work that releases the interpreter's lock.
    Inside ``joblib.parallel_config("dask")`` or ``("ray")`` the work goes to that cluster.
    """
    prefer = "threads" if threads else None
    yield from Parallel(n_jobs=jobs, prefer=prefer, return_as="generator")(
        delayed(function)(i) for i in items
    )
