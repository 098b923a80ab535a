"""Names that a model may not use, since the C needs them for itself."""

from collections import Counter
from collections.abc import Collection

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.task import TASKS
from ossicle.schedule import Plan

C_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long main
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
"""
KEYWORDS = frozenset(C_KEYWORDS.split())
CONSTANTS = frozenset(("front_end", "back_end"))
VARIABLES = frozenset(("state", "values", "i", "j", "k", "count", "group"))
CLUSTER_STEP = """
at begin begin_hh begin_ih bin count end end_hh end_ih frame layer rows share unit units weights weights_hh
weights_ih work worker
"""
CLUSTER_VARIABLES = frozenset(CLUSTER_STEP.split())
"""Variables of a cluster's steps besides."""


def reserved_names() -> frozenset[str]:
    """Names that neither a node nor a tensor can have, whatever its task and target."""
    tasks = (record.constants | record.variables for record in TASKS.values())
    return KEYWORDS | CONSTANTS | VARIABLES | CLUSTER_VARIABLES.union(*tasks)


def check_names(graph: Graph, plan: Plan, variables: Collection[str] = VARIABLES) -> None:
    """Raise :class:`OssicleError` where a model, node or tensor has a name that would not compile."""
    buffers = Counter(buffer.name for buffer in (*plan.fields, *plan.scratch))
    twice = {name for name, count in buffers.items() if count > 1}
    record = graph.task.record
    constants = KEYWORDS | CONSTANTS | record.constants | set(record.tables(graph))
    nodes = {node.name for node in graph.nodes}
    wrong = (
        ({graph.name} & KEYWORDS)
        | (nodes & constants)
        | (set(graph.tensors) & (constants | set(variables) | record.variables | twice))
    )
    if wrong:
        raise OssicleError(
            f"graph: {min(wrong)!r} is a name that the C needs for itself; rename that node or tensor"
        )
