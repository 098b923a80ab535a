"""The C folder for this computer: a program that reads standard input, and its Makefile."""

from collections.abc import Mapping
from pathlib import Path

from ossicle.emit.context import Renderer, task_folder
from ossicle.emit.project import Project, one_core_project
from ossicle.graph import Graph
from ossicle.schedule import Plan
from ossicle.targets import Target

TEMPLATES = Path(__file__).parent / "templates"


def project(graph: Graph, plan: Plan, target: Target, backend: str = "") -> Project:
    """What the C folder is to hold; there is no choice of backends."""

    def surround(render: Renderer) -> Mapping[str, str]:
        return {"main.c": render(f"{task_folder(graph)}main.c.j2"), "Makefile": render("host/Makefile.j2")}

    return one_core_project(graph, plan, target, TEMPLATES, surround, {})
