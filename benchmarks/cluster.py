"""The published figures of a denoiser on a cluster (arXiv 2210.07692), beside what our plans take there.

    pip install -e '.[emulator]'
    python benchmarks/cluster.py --record
    pip install -e '.[rtl]'
    python benchmarks/cluster.py --rtl --record    # the plans on RTL, for half an hour

**Model**: a plan for `gap9` whose cycles are those of the discrete-event model of cluster.md and whose power
is that of its energy model; no GAP9 was measured. **Published**: the abstract of the paper, measured by its
authors on a GAP9 with their networks of the same shapes. **Counted**: bytes of an emitted plan. The Cortex-M7
is that of chips.md: exact instructions and estimated cycles. What a cycle takes is once the typical current
of its own target file, which nobody confirmed, and once what was measured of another Cortex-M7.
"""

from dataclasses import replace
from typing import Annotated, Any

import tables.cluster
import tables.cluster_rtl
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.audio.sound import synthetic_voice
from ossicle.graph import Graph
from ossicle.platforms.cluster.estimate import estimate
from ossicle.platforms.cortexm.estimate import count_layers
from ossicle.programs.interface import OUTSIDE
from ossicle.scale import run_all
from ossicle.targets import Target, load_target

MODELS = ("lstm256", "gru256", "lstm128", "gru128")
SCHEMES = ("fp16", "int8", "mixed", "w8a16")
LARGE_L2_BYTES = 4_000_000
"""What holds the weights of every model, so that none come from L3."""
L2_BYTES = (1_000_000, 1_200_000, 1_500_000)
"""What L2 might leave for weights; the target's is the first."""
M7_NANOJOULES = (0.43, 0.48)
"""A cycle of an STM32H7A3 at 280 MHz: STMicroelectronics for MLPerf Tiny 1.2, over its four networks."""
SINGLE_CORE = (("gru128", "w8a16", "stm32f767"), ("lstm256", "w8a16", "stm32h743"))


def main(
    rtl: Annotated[
        bool, typer.Option(help="The plans on the RTL testbench, in place of the claims.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="Of sound on the single core.")] = 1.0,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print what the four models take on GAP9 beside the published figures, or on the RTL testbench."""
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
    sizes = [(case, size) for case in cases if case[1] != "fp16" for size in L2_BYTES]
    cycles = run_all(lambda of: _cycles_in(*of[0], with_l2(chip, of[1])), sizes, jobs)
    cores = run_all(lambda case: single_core(*case, seconds), SINGLE_CORE, jobs)
    names = [" ".join(case) for case in cases]
    results = {
        "plans": dict(zip(names, plans, strict=True)),
        "cycles_by_l2": {
            f"{' '.join(case)} {size}": found for (case, size), found in zip(sizes, cycles, strict=True)
        },
        "fp16_in_l2": dict(zip(MODELS, in_l2, strict=True)),
        "single_core": {core["model"]: core for core in cores},
    }
    settings = {
        "models": MODELS,
        "schemes": SCHEMES,
        "cases": names,
        "l2_bytes": L2_BYTES,
        "m7_nanojoules": M7_NANOJOULES,
        "target": chip.name,
        "seconds": seconds,
    }
    return Result("cluster", settings, results, MODELS, packages=("unicorn", "ziglang"))


def plan_figures(model: str, scheme: str, chip: Target) -> dict[str, Any]:
    """What the model says of the plan of a network, and the bytes of all its tiles."""
    found = estimate(_quantized(model, scheme), chip)
    return found.as_dict() | {"weight_bytes": sum(tile.bytes for tile in found.plan.tiles)}


def _quantized(model: str, scheme: str) -> Graph:
    return api.quantize(api.load(model), scheme).graph


def _cycles_in(model: str, scheme: str, chip: Target) -> int:
    return estimate(_quantized(model, scheme), chip).timeline.cycles


def with_l2(chip: Target, size: int) -> Target:
    """A chip whose L2 has so many bytes for weights."""
    return replace(chip, cluster=replace(chip.cluster, l2=replace(chip.cluster.l2, bytes=size)))


def with_large_l2(chip: Target) -> Target:
    """A chip whose L2 holds every model, without an L3."""
    large = with_l2(chip, LARGE_L2_BYTES)
    return replace(large, cluster=replace(large.cluster, l3=()))


def single_core(model: str, scheme: str, chip: str, seconds: float) -> dict:
    """Milliseconds and microjoules of a frame on one core, which takes nothing between frames.

    Typical, by its target file, and as a range by what was measured of another chip with that core.
    """
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
        "measured_microjoules": [1e-6 * ms * target.chip.clock_hz * energy for energy in M7_NANOJOULES],
    }


if __name__ == "__main__":
    typer.run(main)
