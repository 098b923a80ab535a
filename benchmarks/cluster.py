"""The published figures of a denoiser on a cluster (arXiv 2210.07692), beside what our plans take there.

    pip install -e '.[emulator]'
    python benchmarks/cluster.py --record
    pip install -e '.[rtl]'
    python benchmarks/cluster.py --rtl --record    # the plans on RTL, for some ten minutes

**Model**: a plan for `gap9` whose cycles are those of the discrete-event model of cluster.md and whose power
is that of its energy model; no GAP9 was measured. **Published**: the abstract of the paper, measured by its
authors on a GAP9 with their networks of the same shapes. **Counted**: bytes of an emitted plan. The Cortex-M7
is that of chips.md: exact instructions, estimated milliseconds, and a typical power that nobody confirmed
(its target file says where it is from).
"""

from dataclasses import replace
from typing import Annotated, Any

import tables.cluster
import tables.cluster_rtl
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.graph import Graph
from ossicle.measure.emulated import OUTSIDE, count_layers, synthetic_voice
from ossicle.measure.forecast import forecast
from ossicle.scale import run_all
from ossicle.targets import Target, load_target

MODELS = ("lstm256", "gru256", "lstm128", "gru128")
SCHEMES = ("fp16", "int8", "mixed")
LARGE_L2_BYTES = 4_000_000
"""What holds the weights of every model, so that none come from behind L2."""
SINGLE_CORE = (("gru128", "w8a16", "stm32f767"), ("lstm256", "w8a16", "stm32h743"))


def main(
    rtl: Annotated[bool, typer.Option(help="The plans on the RTL bench, in place of the claims.")] = False,
    seconds: Annotated[float, typer.Option(help="Of sound on the single core.")] = 1.0,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print what the four models take on GAP9 beside the published figures, or on the RTL bench."""
    if rtl:
        import cluster_rtl

        found, module = cluster_rtl.measure_all(MODELS, jobs), tables.cluster_rtl
    else:
        found, module = claims(seconds, jobs), tables.cluster
    conclude(found, module.tables(found.results, found.settings), record, json_)


def claims(seconds: float, jobs: int) -> Result:
    """Plans of every model for GAP9, and the single cores beside them."""
    chip = load_target("gap9")
    cases = [(model, scheme) for model in MODELS for scheme in SCHEMES]
    plans = run_all(lambda case: plan_figures(*case, chip), cases, jobs)
    large = with_large_l2(chip)
    in_l2 = run_all(lambda model: plan_figures(model, "fp16", large), MODELS, jobs)
    cores = run_all(lambda case: single_core(*case, seconds), SINGLE_CORE, jobs)
    names = [" ".join(case) for case in cases]
    results = {
        "plans": dict(zip(names, plans, strict=True)),
        "fp16_in_l2": dict(zip(MODELS, in_l2, strict=True)),
        "single_core": {core["model"]: core for core in cores},
    }
    settings = {"models": MODELS, "schemes": SCHEMES, "cases": names, "target": chip.name, "seconds": seconds}
    return Result("cluster", settings, results, MODELS, packages=("unicorn", "ziglang"))


def plan_figures(model: str, scheme: str, chip: Target) -> dict[str, Any]:
    """What the model says of the plan of a network, and the bytes of all its tiles."""
    found = forecast(_quantized(model, scheme), chip.cluster)
    return found.as_dict() | {"weight_bytes": sum(tile.bytes for tile in found.plan.tiles)}


def _quantized(model: str, scheme: str) -> Graph:
    return api.quantize(api.load(model), scheme).graph


def with_large_l2(chip: Target) -> Target:
    """A chip whose L2 holds every model, with nothing behind it."""
    l2 = replace(chip.cluster.l2, bytes=LARGE_L2_BYTES)
    return replace(chip, cluster=replace(chip.cluster, l2=l2, far=()))


def single_core(model: str, scheme: str, chip: str, seconds: float) -> dict:
    """Milliseconds and microjoules of a hop on one core, which takes nothing between hops."""
    graph, target = _quantized(model, scheme), load_target(chip)
    layers = count_layers(graph, target, synthetic_voice(graph.task.sample_rate, seconds))
    cycles, watts = sum(layer.cycles for layer in layers if layer.layer != OUTSIDE), target.chip.watts
    ms = 1e3 * cycles / target.chip.clock_hz
    return {
        "model": model,
        "scheme": scheme,
        "chip": chip,
        "cycles": cycles,
        "ms": ms,
        "watts": watts,
        "microjoules": 1e3 * ms * watts,
    }


if __name__ == "__main__":
    typer.run(main)
