"""Names that a model may not use, since the C needs them for itself."""

from collections import Counter
from collections.abc import Collection

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.schedule import Plan

C_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long main
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
"""
KEYWORDS = frozenset(C_KEYWORDS.split())
CONSTANTS = frozenset(("front_end", "back_end"))
OTHER_FILES = """
main audio startup pmsis threads harts rtl
assert errno limits math pthread semaphore signal stddef stdint stdio stdlib string
"""
FILES = frozenset(OTHER_FILES.split())
"""Names of other files of a C folder, and of headers that it includes, which a model's would hide."""
VARIABLES = frozenset(("state", "values", "i", "j", "k", "count", "group", "streams"))


def check_names(graph: Graph, plan: Plan, variables: Collection[str] = frozenset()) -> None:
    """Raise :class:`OssicleError` where a model, node or tensor has a name that would not compile.

    ``variables`` are those of a platform's C besides.
    """
    buffers = Counter(buffer.name for buffer in (*plan.fields, *plan.scratch))
    twice = {name for name, count in buffers.items() if count > 1}
    record = graph.task.record
    constants = KEYWORDS | CONSTANTS | record.constants | set(record.tables(graph))
    nodes = {node.name for node in graph.nodes}
    wrong = (
        ({graph.name} & (KEYWORDS | FILES))
        | ({graph.name} if graph.name.startswith("osc_") else set())
        | (nodes & constants)
        | (set(graph.tensors) & (constants | VARIABLES | set(variables) | record.variables | twice))
    )
    if wrong:
        raise OssicleError(
            f"graph: {min(wrong)!r} is a name that the C needs for itself; rename that model, node or tensor"
        )
