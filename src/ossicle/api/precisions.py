"""The precision of each node: by a scheme and exceptions from it, or by a search within budgets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count

from ossicle.api.progress import Progress
from ossicle.cache import cache_folder
from ossicle.cost.cost_table import PRECISIONS
from ossicle.errors import OssicleError
from ossicle.graph import Calibration, Graph
from ossicle.graph.operator import OPS
from ossicle.measure.sensitivity import SensitivityContext, sensitivities
from ossicle.platforms.platform import lacking, platform_of
from ossicle.quantization.schemes import scheme_precisions
from ossicle.quantization.search import Assignment, Candidate, candidates_of, choose, front, one_at_a_time
from ossicle.targets import load_target


@dataclass(frozen=True)
class Search:
    """What the scheme ``auto`` chose, and from what."""

    chosen: Assignment
    candidates: tuple[Candidate, ...] = field(repr=False)

    def front(self) -> list[Assignment]:
        """Assignments of least output error at sizes from the smallest to that of the least error of all."""
        return front(self.candidates)


def node_precisions(
    graph: Graph,
    precisions: str | Mapping[str, str],
    overrides: Mapping[str, str],
    calibration: Calibration,
) -> dict[str, str]:
    """The precision of each node with weights, by a scheme or by the nodes' names, and by ``overrides``.

    Raises :class:`OssicleError` where a node has none, or where there is no node of a name.
    """
    if isinstance(precisions, str):
        precisions = scheme_precisions(graph, precisions, calibration)
    nodes = [node.name for node in graph.nodes if OPS[node.op].matrices]
    unknown = set(precisions) - {node.name for node in graph.nodes} | set(overrides) - set(nodes)
    if unknown:
        names = ", ".join(map(repr, sorted(unknown)))
        raise OssicleError(f"{graph.name} has no node {names} with weights; the nodes are {', '.join(nodes)}")
    chosen = {**precisions, **overrides}
    if missing := [name for name in nodes if name not in chosen]:
        raise OssicleError(f"{', '.join(missing)} of {graph.name} have no precision; name one for each node")
    return {name: chosen[name] for name in nodes}


def search_precisions(
    context: SensitivityContext,
    max_bytes: int,
    max_ms: float | None,
    target: str | None,
    jobs: int,
    progress: Progress,
) -> Search:
    """The precisions of least output error within ``max_bytes`` of weights, and ``max_ms`` on ``target``.

    Sensitivities are kept in the user's cache. Raises :class:`OssicleError` where nothing fits.
    """
    if (target is None) != (max_ms is None):
        raise OssicleError("--max-ms needs a --target, and --target needs --max-ms; give both")
    if not find_spec("scipy"):
        raise OssicleError("the scheme auto needs scipy; pip install 'ossicle[metrics]'")
    in_time = None if target is None or max_ms is None else _cycle_budget(context, target, max_ms, progress)
    cycles, max_cycles = in_time or (None, None)
    what, steps = "measuring each precision", len(one_at_a_time(context.graph))
    losses = sensitivities(context, cache_folder() / "losses", jobs, _counted(progress, what, steps))
    candidates = tuple(candidates_of(context.graph, losses, cycles))
    return Search(choose(candidates, max_bytes, max_cycles), candidates)


def _cycle_budget(
    context: SensitivityContext, target: str, max_ms: float, progress: Progress
) -> tuple[Mapping[tuple[str, str], float], float]:
    """Cycles of each node in each precision on a target, and how many the budget leaves for all nodes."""
    chosen = load_target(target)
    cost_table = platform_of(chosen).cost_table
    if cost_table is None:
        raise lacking("a budget of milliseconds", chosen, lambda other: other.cost_table)
    advance = _counted(progress, f"counting cycles on {target}", len(PRECISIONS))
    table = cost_table(context.graph, context.calibration, chosen, advance)
    left = max_ms * 1e-3 * table.clock_hz - table.fixed
    if left <= 0:
        raise OssicleError(
            f"{max_ms:g} ms are not enough on {target}: transforms, features and conversions alone take "
            f"{1e3 * table.fixed / table.clock_hz:.2f} ms; give more, or a faster target"
        )
    return table.nodes, left


def _counted(progress: Progress, what: str, of: int) -> Callable[[], None]:
    """Tell of one more part each time it is called."""
    done = count(1)
    return lambda: progress(what, next(done), of)
