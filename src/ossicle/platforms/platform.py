"""What a platform is to the verbs, and the platforms that there are.

A platform is a folder beside this module that registers one :class:`Platform`; this module knows none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ossicle.audio.sound import Sound
from ossicle.cost.cost_table import CostTable
from ossicle.emit.folder import check_out
from ossicle.emit.project import Project, write_project
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration
from ossicle.platforms.result import Estimate, Result
from ossicle.programs import Program
from ossicle.registry import Registry
from ossicle.report.frame_cost import FrameCost
from ossicle.targets import Target
from ossicle.targets.target import PARSERS, Parser

TargetT = TypeVar("TargetT", bound=Target)
PlanT = TypeVar("PlanT")
Summary = Mapping[str, Any]
"""What ``model.json`` says."""


@dataclass(frozen=True)
class Platform(Generic[TargetT, PlanT]):
    """One platform, as data and functions of its own kind of target and of its own kind of plan.

    A function that is None is a verb that the platform does not have.
    """

    name: str
    """Which the files of its targets give."""
    description: str
    """What its targets are, such as ``"a cluster"``."""
    example: str
    """Name of a target of it."""
    parse: Parser
    """Its targets, from what their files hold."""
    plan: Callable[[Graph, TargetT], PlanT]
    project: Callable[[Graph, PlanT, TargetT, str], Project]
    """What the C folder of a plan is to hold, for a backend, or for that of the target where it is empty."""
    program: Callable[[Path, TargetT, Summary], Program]
    """What Python runs, of a C folder for ``program_backend``."""
    add_to: Callable[[Project, Path], Project] | None = None
    """A project with what an earlier output left in a folder; None where a folder takes one model alone."""
    after: str = "build it with make -C {out}"
    """What to do with a C folder, in a sentence."""
    streams: bool = False
    """Whether its programs can take a frame of several streams at once."""
    backends: tuple[str, ...] = ()
    """What its programs can be emitted for, where there is a choice."""
    program_backend: str = ""
    variables: frozenset[str] = frozenset()
    """Variables of its C where those of a network are, whose names no tensor can have."""
    sizes: Callable[[Summary], Mapping[str, str]] = lambda summary: {}
    """What ``ossicle compile`` lists of a C folder besides: texts by their names."""
    resize: Callable[[TargetT, int | None, int | None], TargetT] | None = None
    """A target with another number of workers and other bytes of L1."""
    on: tuple[str, ...] = ()
    """What its programs run on, the usual one first."""
    run: Callable[[Graph, TargetT, str, Callable[[], Sound]], Result] | None = None
    """Run a model on one of those, on what the last function reads when it is called."""
    estimate: Callable[[Graph, TargetT], Estimate] | None = None
    """What models say of a plan."""
    frame_cost: Callable[[Graph, TargetT], FrameCost] | None = None
    """What a frame takes, for a report."""
    cost_table: Callable[[Graph, Calibration, TargetT, Callable[[], None]], CostTable] | None = None
    """Costs for a search within a budget of time; the last function is called after each precision."""


PLATFORMS: Registry[Platform[Any, Any]] = Registry("ossicle.platforms")
"""Platforms by name; :func:`register` fills it."""


def register(platform: Platform[Any, Any]) -> None:
    """Make a platform known; raises ValueError where its name is taken."""
    PLATFORMS.add(platform.name, platform)
    PARSERS[platform.name] = platform.parse


def platform_variables() -> frozenset[str]:
    """Those of all platforms."""
    return frozenset().union(*(platform.variables for platform in PLATFORMS.values()))


def platform_of(target: Target) -> Platform[Any, Any]:
    """The platform of a target."""
    return PLATFORMS[target.platform]


def lacking(what: str, target: Target, has: Callable[[Platform[Any, Any]], object]) -> OssicleError:
    """That something needs a target of another platform, one that has it."""
    able = (
        f"{platform.description}, such as {platform.example}"
        for platform in PLATFORMS.values()
        if has(platform)
    )
    return OssicleError(
        f"{what} needs a target that is {', or '.join(able)}; {target.name} is "
        f"{platform_of(target).description}"
    )


def emit(
    graph: Graph, plan: Any, target: Target, out: Path, backend: str = "", force: bool = False
) -> dict[str, Any]:
    """Write the C folder ``out`` of a plan of the target's platform, and return its ``model.json``.

    The folder is built beside ``out`` and then renamed. An ``out`` that holds anything else than an earlier
    output of this function is left alone and refused, and so is one in which somebody has changed files,
    unless ``force``. Refused are also a model that does not fit the target's memories, and a backend that the
    platform does not know.
    """
    platform = platform_of(target)
    if backend and not platform.backends:
        raise lacking("a backend", target, lambda other: other.backends)
    if backend and backend not in platform.backends:
        raise OssicleError(f"there is no backend {backend!r}; choose one of {', '.join(platform.backends)}")
    check_out(out, force)
    project = platform.project(graph, plan, target, backend)
    return write_project(platform.add_to(project, out) if platform.add_to else project, out)
