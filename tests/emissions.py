"""All that the emitter writes, case by case: networks, schemes, targets and backends."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from networks import small_model, small_spotter

from ossicle import api
from ossicle.cli.app import progress_bar
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.model import Model
from ossicle.graph.operator import OPS
from ossicle.platforms.platform import emit, platform_of
from ossicle.platforms.result import Estimate
from ossicle.quantization import SCHEMES
from ossicle.targets import ClusterTarget, Target, load_target, target_names
from ossicle.zoo import zoo_names

SMALL: Mapping[str, Callable[[], Model]] = {
    "small_gru": partial(small_model, "gru"),
    "wide_gru": partial(small_model, "gru", hidden=120),
    "small_lstm": partial(small_model, "lstm"),
    "small_conv": partial(small_model, "conv"),
    "small_spotter": small_spotter,
}
"""The wide one has more weights than the L1 of a cluster holds, so that tiles pass through it."""
NETWORKS = (*SMALL, *zoo_names())
ZOO_TARGETS = ("host", "stm32h743", "gap9")
VARIED = "varied"
ALL_SCHEMES = (*SCHEMES, VARIED)
RECURRENT_PRECISIONS = ("w8a8+w8a16", "w16a16+w4a16")
OTHER_PRECISIONS = ("fp16", "w8a16", "w8a8", "fp32", "w16a16", "w4a16")
"""These in turn are what ``varied`` gives, so that all kinds of conversions stand between nodes."""
PLAN = "plan"
"""Stands for a backend where the plan of a cluster is meant."""


@dataclass(frozen=True)
class Selection:
    """What is emitted, by names; all where there are none, but for the zoo three targets.

    Raises :class:`OssicleError` where there is no such name.
    """

    networks: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given = ((self.networks, NETWORKS), (self.schemes, ALL_SCHEMES), (self.targets, target_names()))
        for names, known in given:
            for name in names:
                if name not in known:
                    raise OssicleError(f"there is no {name!r}; choose of {', '.join(known)}")

    def within(self, other: "Selection") -> "Selection":
        """With the names of another selection where this one has none."""
        return Selection(
            self.networks or other.networks, self.schemes or other.schemes, self.targets or other.targets
        )

    def cases(self) -> Iterator["Case"]:
        """Every case; those of one plan stand side by side."""
        for network in self.networks or NETWORKS:
            small = network in SMALL
            for scheme in self.schemes or ALL_SCHEMES:
                for target in self.targets or (target_names() if small else ZOO_TARGETS):
                    for what in _emitted(load_target(target), every_backend=small):
                        yield Case(network, scheme, target, what)


@dataclass(frozen=True)
class Case:
    """One emitted folder, or a plan for a cluster."""

    network: str
    scheme: str
    target: str
    backend: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.network, self.scheme, self.target, self.backend) if part)

    def write(self, folder: Path) -> None:
        """Emit into ``folder``; raises :class:`OssicleError` where that is refused."""
        graph, target = _quantized(self.network, self.scheme), load_target(self.target)
        if self.backend != PLAN:
            emit(graph, _plan(self.network, self.scheme, self.target), target, folder, self.backend)
            return
        found = _estimate(self.network, self.scheme, self.target)
        folder.mkdir()
        text = json.dumps(found.as_dict() | {"plan": found.plan_as_dict()}, indent=2)
        (folder / "plan.json").write_text(text, "utf-8")


def _emitted(target: Target, every_backend: bool) -> tuple[str, ...]:
    """The plan where there is one to show, and backends; one without a name where there is no choice."""
    platform = platform_of(target)
    own = (target.cluster.backend,) if isinstance(target, ClusterTarget) else ("",)
    backends = platform.backends if every_backend and platform.backends else own
    return (PLAN, *backends) if platform.estimate else backends


@lru_cache(maxsize=1)
def _model(network: str) -> Model:
    return SMALL[network]() if network in SMALL else api.load(network)


@lru_cache(maxsize=1)
def _quantized(network: str, scheme: str) -> Graph:
    model = _model(network)
    return api.quantize(model, varied(model.graph) if scheme == VARIED else scheme).graph


@lru_cache(maxsize=1)
def _plan(network: str, scheme: str, target: str) -> Any:
    chosen = load_target(target)
    return platform_of(chosen).plan(_quantized(network, scheme), chosen)


@lru_cache(maxsize=1)
def _estimate(network: str, scheme: str, target: str) -> Estimate:
    chosen = load_target(target)
    return platform_of(chosen).estimate(_quantized(network, scheme), chosen)


def varied(graph: Graph) -> dict[str, str]:
    """Another precision for each node with weights, and for the two products of recurrent ones."""
    recurrent, others = cycle(RECURRENT_PRECISIONS), cycle(OTHER_PRECISIONS)
    matrices = {node.name: len(OPS[node.op].matrices) for node in graph.nodes}
    return {name: next(recurrent if count > 1 else others) for name, count in matrices.items() if count}


@dataclass(frozen=True)
class Output:
    """SHA-256 of each file of a case by its name, or the sentence of a refusal."""

    files: Mapping[str, str]
    refused: str = ""


def emit_all(selection: Selection, title: str) -> Iterator[tuple[Case, Output, Path]]:
    """Emit case after case; the folder of each is there until the next one is asked for."""
    cases = list(selection.cases())
    with progress_bar() as bar:
        for case in bar.track(cases, description=title):
            with TemporaryDirectory() as scratch:
                folder = Path(scratch) / "emitted"
                try:
                    case.write(folder)
                except OssicleError as error:
                    yield case, Output({}, str(error)), folder
                else:
                    paths = sorted(path for path in folder.rglob("*") if path.is_file())
                    files = {path.relative_to(folder).as_posix(): _sha256(path) for path in paths}
                    yield case, Output(files), folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
