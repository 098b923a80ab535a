"""A suppressor for hosts that hand over blocks of any size at any rate (``templates/stream/``)."""

from ossicle.emit.context import Renderer, task_folder
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.targets import Target
from ossicle.tasks.suppression.settings import Suppression


def check_suppressor(graph: Graph, target: Target) -> None:
    """Raise :class:`OssicleError` for networks of other tasks."""
    if not isinstance(graph.task, Suppression):
        raise OssicleError(
            f"{target.description} is for a noise suppressor; {graph.name} is a "
            f"{graph.task.record.description}: compile it for another target"
        )


def stream_files(graph: Graph, render: Renderer) -> dict[str, str]:
    """``NAME_stream.c`` and ``NAME_stream.h``, by their names."""
    templates = {end: f"{task_folder(graph)}stream/stream{end}.j2" for end in (".c", ".h")}
    return {f"{graph.name}_stream{end}": render(template) for end, template in templates.items()}
