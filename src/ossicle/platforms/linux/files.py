"""The C folder for a computer with Linux: a program that reads standard input, and its Makefile."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ossicle.emit.context import Renderer, task_folder
from ossicle.emit.project import Project, one_core_project
from ossicle.graph import Graph
from ossicle.platforms.linux.target import LinuxTarget
from ossicle.programs.interface import INTERFACES
from ossicle.schedule import Plan

TEMPLATES = Path(__file__).parent / "templates"


def project(graph: Graph, plan: Plan, target: LinuxTarget, backend: str = "") -> Project:
    """What the C folder is to hold; there is no choice of backends."""

    def surround(render: Renderer) -> Mapping[str, str]:
        return {"main.c": render(f"{task_folder(graph)}main.c.j2"), "Makefile": render("linux/Makefile.j2")}

    return one_core_project(graph, plan, target, TEMPLATES, surround, {"linux": _summary(graph, target)})


def _summary(graph: Graph, target: LinuxTarget) -> dict[str, Any]:
    """What ``model.json`` says of the processor, and of the function that runs a frame."""
    return {"zig": [*target.zig, *target.cflags], "entry": asdict(INTERFACES[graph.task.name].entry(graph))}
