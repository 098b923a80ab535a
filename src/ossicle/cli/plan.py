"""The verb that plans a model onto a cluster, and what ``run`` prints of one."""

from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.cli.app import (
    JsonOption,
    ModelArgument,
    SchemeOption,
    print_json,
    print_table,
    progress_bar,
    verb,
)
from ossicle.cost.energy import range_text
from ossicle.cost.estimate import Estimate
from ossicle.report.gantt import draw_gantt, text_gantt
from ossicle.targets import load_target
from ossicle.verify.cluster_program import ClusterEmulation

WorkersOption = Annotated[
    int | None, typer.Option(min=1, max=8, help="Cores that compute; all of the cluster by default.")
]
L1Option = Annotated[
    int | None, typer.Option("--l1", min=1, help="Bytes of L1 to use; those of the target by default.")
]


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

    Example: ossicle plan lstm256 --target gap9 --scheme mixed --picture frame.svg
    """
    loaded, description = api.load_quantized(model, scheme), load_target(target).description
    name = loaded.graph.name
    with progress_bar() as bar:
        bar.add_task("planning", total=None)
        found = api.plan(loaded, target, workers, l1)
    if picture:
        draw_gantt(picture, found.timeline, found.plan, f"{name} on {target}")
    if json_:
        print_json({"model": name, "target": target} | found.as_dict() | {"plan": found.plan.as_dict()})
        return
    print(f"{name} on {description}, a frame every {found.frame_ms:g} ms:")
    rows = [
        [name, str(phases), f"{size:,}", f"{cycles:,}"]
        for name, (phases, size, cycles) in found.layers().items()
    ]
    print_table(["layer", "phases", "bytes copied", "cycles"], rows)
    print_estimate(found)
    print(text_gantt(found.timeline, found.plan))


def print_estimate(found: Estimate) -> None:
    """Cycles against the lower bound, memories, power."""
    cluster = found.cluster
    print(
        f"{found.timeline.cycles:,} cycles by the model, {found.macs_per_cycle:.2f} MAC per cycle; "
        f"lower bound of any plan: {found.lower_bound.cycles:,} (bottleneck: {found.lower_bound.bottleneck})"
    )
    stores = {store.name: store.bytes for store in (cluster.l1, cluster.l2, *cluster.l3)}
    traffic = found.timeline.bytes
    rows = [
        [name, f"{used:,}", f"{stores[name]:,}", f"{traffic.get(name, 0):,}"]
        for name, used in found.plan.memory.items()
    ]
    print_table(["memory", "bytes used", "of", "bytes copied per frame"], rows)
    for sentence in found.assumptions:
        print(sentence)
    if not found.energies:
        return
    rows = [
        [
            f"{energy.point.volts:g}",
            f"{energy.point.hertz / 1e6:g}",
            f"{energy.needed_ms:.2f}",
            range_text(energy.milliwatts, ".1f") if energy.in_time else "too slow",
            range_text(energy.microjoules, ".0f"),
            f"{sum(energy.copying.values()):.1f}",
        ]
        for energy in found.energies
    ]
    print_table(["V", "MHz", "ms per frame", "mW", "uJ per frame", "of it copying"], rows)
    energy = found.energy
    volts = f"from {energy.point.volts:g} V on" if energy and energy.in_time else "at no voltage"
    print(f"real time: {volts}")


def print_cycles(found: ClusterEmulation) -> None:
    """Cycles of the program, where it ran on RTL."""
    if found.cycles and found.rtl:
        print(
            f"{found.cycles['cycles']:,} cycles per frame, median of {len(found.rtl.frame_cycles)}; in "
            f"{found.cycles['waiting_cycles']:,} of them all workers wait for a transfer"
        )
