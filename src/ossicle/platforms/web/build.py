"""The C of a model built into WebAssembly by the ``ziglang`` wheel."""

import importlib.util
import tempfile
from pathlib import Path

from ossicle.emit.context import Renderer
from ossicle.emit.project import Project, one_core_project, write_project
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.platforms.web.target import WebTarget
from ossicle.programs import cross
from ossicle.programs.kept import read_kept
from ossicle.schedule import Plan
from ossicle.tasks.suppression.stream import check_suppressor, stream_files

TEMPLATES = Path(__file__).parent / "templates"
BLOCK = 1024
"""Samples that the program takes at once, at most; a browser gives 128."""


def check_zig() -> None:
    """Raise :class:`OssicleError` where the compiler is missing."""
    if not importlib.util.find_spec("ziglang"):
        raise OssicleError("a web page needs the compiler zig; pip install 'ossicle[web]'")


def c_project(graph: Graph, plan: Plan, target: WebTarget) -> Project:
    """The C that is compiled; raises :class:`OssicleError` for networks of other tasks than suppression."""
    check_suppressor(graph, target)

    def surround(render: Renderer) -> dict[str, str]:
        return stream_files(graph, render) | {"web.c": render("web/web.c.j2", {"block": BLOCK})}

    return one_core_project(graph, plan, target, TEMPLATES, surround, {})


def build_wasm(project: Project, target: WebTarget) -> bytes:
    """Compile a project, or find what an earlier build made of the very same sources."""
    check_zig()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "c"
        write_project(project, folder)
        files = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h"))
        # A module keeps its names to itself: without those of osc_names.h, models share objects of kernels.
        flags = [*target.zig, *target.cflags, "-DOSC_NAMES_H"]
        built = cross.build(cross.ZIG, "web", project.summary["name"], flags, (), files, [folder])
    wasm = read_kept(built)
    assert wasm is not None
    return wasm
