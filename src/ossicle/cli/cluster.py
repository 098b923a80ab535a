"""The verb that plans a model onto a cluster, and what ``run`` does there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from ossicle.cli.app import (
    JsonOption,
    ModelArgument,
    SchemeOption,
    load_quantized,
    print_json,
    print_table,
    progress_bar,
    verb,
)
from ossicle.graph import Graph
from ossicle.targets import Cluster, Target

if TYPE_CHECKING:
    from ossicle.measure.forecast import Forecast

WorkersOption = Annotated[int | None, typer.Option(min=1, max=8, help="Workers; all of them by default.")]
L1Option = Annotated[
    int | None, typer.Option("--l1", min=1, help="Bytes of L1 to use, in place of the chip's.")
]


@verb
def plan(
    model: ModelArgument,
    target: Annotated[str, typer.Option(help="Chip with a cluster.")] = "gap9",
    scheme: SchemeOption = None,
    workers: WorkersOption = None,
    l1: L1Option = None,
    picture: Annotated[Path | None, typer.Option(help="Gantt picture of a hop, .png, .svg or .pdf.")] = None,
    json_: JsonOption = False,
) -> None:
    """Plan a model onto a cluster: where its weights live, and what cores and engines do in a hop.

    Cycles are those of a discrete-event model, power is that of each voltage (docs/cluster.md).

    Example: ossicle plan lstm256 --target gap9 --scheme mixed --picture hop.svg
    """
    from ossicle.measure.cluster import need_cluster
    from ossicle.measure.forecast import forecast
    from ossicle.measure.gantt import draw_gantt, text_gantt
    from ossicle.targets import load_target

    chip = need_cluster(load_target(target), workers, l1)
    graph = load_quantized(model, scheme).graph
    with progress_bar() as bar:
        bar.add_task("planning", total=None)
        found = forecast(graph, chip.cluster)
    if picture:
        draw_gantt(picture, found.hop, found.plan, f"{graph.name} on {chip.name}")
    if json_:
        print_json(
            {"model": graph.name, "target": chip.name} | found.as_dict() | {"plan": found.plan.as_dict()}
        )
        return
    print(f"{graph.name} on {chip.description}, a hop of {found.hop_ms:g} ms:")
    rows = [
        [name, str(steps), f"{size:,}", f"{cycles:,}"]
        for name, (steps, size, cycles) in found.layers().items()
    ]
    print_table(["step", "parts", "bytes copied", "cycles"], rows)
    print_forecast(found, chip.cluster)
    print(text_gantt(found.hop, found.plan))


def print_forecast(found: "Forecast", cluster: Cluster) -> None:
    """Cycles against the bound, memories, power."""
    from ossicle.measure.energy import range_text

    print(
        f"{found.hop.cycles:,} cycles by the model, {found.macs_per_cycle:.2f} MAC a cycle; "
        f"no plan can take less than {found.bound.cycles:,} ({found.bound.limit})"
    )
    stores = {store.name: store.bytes for store in (cluster.l1, cluster.l2, *cluster.far)}
    traffic = found.hop.bytes
    rows = [
        [name, f"{used:,}", f"{stores[name]:,}", f"{traffic.get(name, 0):,}"]
        for name, used in found.plan.memory.items()
    ]
    print_table(["memory", "bytes used", "of", "copied a hop"], rows)
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
    print_table(["V", "MHz", "ms a hop", "mW", "uJ a hop", "of it copying"], rows)
    volts = f"from {found.energy.point.volts:g} V on" if found.energy.in_time else "at no voltage"
    print(f"real time: {volts}")


def run_on_cluster(graph: Graph, chip: Target, on: str, samples: np.ndarray, as_json: bool) -> None:
    """Run a model's cluster program, or the model of it, and say what came out."""
    from ossicle.measure.cluster import emulate_cluster
    from ossicle.measure.forecast import forecast

    if on == "model":
        found = forecast(graph, chip.cluster)
        if as_json:
            print_json({"model": graph.name, "target": chip.name, "on": on} | found.as_dict())
        else:
            print(f"{graph.name} on {chip.description}, a hop of {found.hop_ms:g} ms:")
            print_forecast(found, chip.cluster)
        return
    with progress_bar() as bar:
        bar.add_task(f"compiling and running on {on}", total=None)
        result = emulate_cluster(graph, chip, on, samples)
    cycles = result.rtl and {
        "cycles": int(np.median(result.rtl.hop_cycles)),
        "waiting_cycles": int(np.median(result.rtl.exposed_cycles)),
    }
    if as_json:
        print_json(
            {
                "model": graph.name,
                "target": chip.name,
                "on": on,
                "equal_to_host": result.largest_difference == 0,
                "largest_difference": result.largest_difference,
                "equal_to_simulation": not result.differing_nodes,
                "differing_nodes": list(result.differing_nodes),
                "rtl": cycles,
            }
        )
        return
    print(f"{graph.name} for {chip.description}, on {on}:")
    if cycles:
        print(
            f"{cycles['cycles']:,} cycles a hop, median of {len(result.rtl.hop_cycles)}; in "
            f"{cycles['waiting_cycles']:,} of them all workers wait for a transfer"
        )
    difference = (
        f"no, up to {result.largest_difference} steps of 16 bits" if result.largest_difference else "yes"
    )
    print(f"output equal to this computer's: {difference}")
    nodes = f"no: {', '.join(result.differing_nodes)}" if result.differing_nodes else "yes"
    print(f"integer layers equal to the simulation: {nodes}")
