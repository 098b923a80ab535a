"""The C folder of a plug-in: the suppressor, its stream, and what a format puts around them."""

import zlib
from pathlib import Path

from ossicle.emit.context import Renderer
from ossicle.emit.project import Project, one_core_project
from ossicle.graph import Graph
from ossicle.platforms.plugin.target import PluginTarget
from ossicle.schedule import Plan
from ossicle.tasks.suppression.stream import check_suppressor, stream_files

TEMPLATES = Path(__file__).parent / "templates"
FEWEST, MOST = 1000, 0xFFFFFF
"""Numbers by which LADSPA knows plug-ins; smaller ones are for experiments."""


def project(graph: Graph, plan: Plan, target: PluginTarget, backend: str = "") -> Project:
    """What the C folder is to hold; there is no choice of backends."""
    check_suppressor(graph, target)
    number = FEWEST + zlib.crc32(graph.name.encode()) % (MOST - FEWEST)

    def surround(render: Renderer) -> dict[str, str]:
        own = sorted((TEMPLATES / target.format).glob("*.j2"))
        names = {path.name.removesuffix(".j2").replace("NAME", graph.name): path.name for path in own}
        return stream_files(graph, render) | {
            name: render(f"plugin/{target.format}/{file}", {"number": number}) for name, file in names.items()
        }

    return one_core_project(graph, plan, target, TEMPLATES, surround, {})
