"""The verb that plans a model onto a target."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ossicle import api
from ossicle.cli.app import (
    JsonOption,
    ModelArgument,
    SchemeOption,
    print_json,
    progress_bar,
    show,
    verb,
)
from ossicle.platforms.platform import PLATFORMS, Platform
from ossicle.targets import load_target

WorkersOption = Annotated[
    int | None, typer.Option(min=1, max=8, help="Cores that compute; all of the cluster by default.")
]
L1Option = Annotated[
    int | None, typer.Option("--l1", min=1, help="Bytes of L1 to use; those of the target by default.")
]


def choices(of: Callable[[Platform[Any, Any]], Sequence[str]]) -> str:
    """What can be chosen on each platform, where there is a choice."""
    return "; ".join(f"{p.description}: {', '.join(of(p))}" for p in PLATFORMS.values() if of(p))


@verb
def plan(
    model: ModelArgument,
    target: Annotated[str, typer.Option(help="Target with a cluster.")] = "gap9",
    scheme: SchemeOption = None,
    workers: WorkersOption = None,
    l1: L1Option = None,
    picture: Annotated[
        Path | None, typer.Option(help="Gantt chart of a frame to draw: .png, .svg or .pdf.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Plan a model onto a cluster of cores: where weights lie, and what is copied and computed when.

    Cycles are estimated by a discrete-event model, power and energy for each voltage (docs/cluster.md).

    Example: ossicle plan lstm256 --target gap9 --picture frame.svg
    """
    loaded, chosen = api.load_quantized(model, scheme, target=target), load_target(target)
    name = loaded.graph.name
    with progress_bar() as bar:
        bar.add_task("planning", total=None)
        found = api.plan(loaded, target, workers, l1)
    if picture:
        found.draw(picture, f"{name} on {target}")
    if json_:
        print_json({"model": name, "target": target} | found.as_dict() | {"plan": found.plan_as_dict()})
    else:
        show(found.shown(name, chosen))
