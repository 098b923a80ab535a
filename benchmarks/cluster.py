"""The published figures of a denoiser on a cluster (arXiv 2210.07692), beside what our plans take there.

    pip install -e '.[emulator]'
    python benchmarks/cluster.py --write docs/cluster_results.md
    pip install -e '.[rtl]'
    python benchmarks/cluster.py --rtl --write docs/cluster_rtl.md    # the plans on RTL, for some ten minutes

**Model**: a plan for `gap9` whose cycles are those of the discrete-event model of cluster.md and whose power
is that of its energy model; no GAP9 was measured. **Published**: the abstract of the paper, measured by its
authors on a GAP9 with their networks of the same shapes. **Counted**: bytes of an emitted plan. The Cortex-M7
is that of chips.md: exact instructions, estimated milliseconds, and a typical power that nobody confirmed
(its target file says where it is from).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.cli.app import print_json, print_table
from ossicle.graph import Graph
from ossicle.measure.emulated import OUTSIDE, count_layers, synthetic_voice
from ossicle.measure.forecast import Forecast, forecast
from ossicle.scale import run_all
from ossicle.targets import Target, load_target

MODELS = ("lstm256", "gru256", "lstm128", "gru128")
SCHEMES = ("fp16", "int8", "mixed")
LARGE_L2_BYTES = 4_000_000
"""What holds the weights of every model, so that none come from behind L2."""
SINGLE_CORE = (("gru128", "w8a16", "stm32f767"), ("lstm256", "w8a16", "stm32h743"))
PLANS = ["model, scheme", "cycles", "bound", "MAC a cycle", "waiting", "L1 kB", "L2 kB", "behind it, kB"]
POWER = [
    "model, scheme",
    "ms at 0.65 V",
    "at 0.8 V",
    "mW at 0.65 V",
    "at 0.8 V",
    "uJ a hop at 0.65 V",
    "at 0.8 V",
]
CORTEX = ["model, scheme, chip", "ms", "mW", "uJ a hop", "uJ of mixed on gap9", "times less"]

Plans = Mapping[tuple[str, str], Forecast]
"""By model and scheme."""
Tables = Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]
"""Heads and rows by caption."""


def main(
    write: Annotated[Path | None, typer.Option(help="Markdown file for the tables.")] = None,
    rtl: Annotated[bool, typer.Option(help="The plans on the RTL bench, in place of the claims.")] = False,
    seconds: Annotated[float, typer.Option(help="Of sound on the single core.")] = 1.0,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Print what the four models take on GAP9 beside the published figures, or on the RTL bench."""
    if rtl:
        import cluster_rtl

        rows = cluster_rtl.measure_all(MODELS, jobs)
        found, tables, text = [row.as_dict() for row in rows], cluster_rtl.tables(rows), cluster_rtl.__doc__
    else:
        chip = load_target("gap9")
        cases = [(model, scheme) for model in MODELS for scheme in SCHEMES]
        plans = dict(zip(cases, run_all(lambda case: _forecast(*case, chip), cases, jobs), strict=True))
        large = with_large_l2(chip)
        on_chip = dict(
            zip(MODELS, run_all(lambda model: _forecast(model, "fp16", large), MODELS, jobs), strict=True)
        )
        cores = list(run_all(lambda case: single_core(*case, seconds), SINGLE_CORE, jobs))
        found = {
            "plans": [{"model": case[0], "scheme": case[1]} | plans[case].as_dict() for case in cases],
            "fp16_in_l2": {model: plan.as_dict() for model, plan in on_chip.items()},
            "single_core": cores,
        }
        tables, text = claim_tables(plans, on_chip, cores), __doc__
    if json_:
        print_json(found)
        return
    for caption, (heads, rows_) in tables.items():
        print_table(list(heads), [list(row) for row in rows_], caption)
    if write:
        write.write_text(markdown(text, tables), "utf-8")


def _forecast(model: str, scheme: str, chip: Target) -> Forecast:
    return forecast(_quantized(model, scheme), chip.cluster)


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
    ms, watts = sum(layer.ms for layer in layers if layer.layer != OUTSIDE), target.chip.watts
    return {
        "model": model,
        "scheme": scheme,
        "chip": chip,
        "ms": ms,
        "watts": watts,
        "microjoules": 1e3 * ms * watts,
    }


def claim_tables(plans: Plans, on_chip: Mapping[str, Forecast], cores: Sequence[Mapping]) -> Tables:
    """The claims, then plans, memories and power of each model, then the single core.

    ``on_chip`` are the plans in fp16 where L2 holds everything.
    """
    models = [model for model in MODELS if (model, "mixed") in plans]
    return {
        "Claims of the paper, and what the model says": (
            ["", "published", *models],
            _claims(plans, on_chip, cores, models),
        ),
        "Plans: cycles a hop, model; bytes, counted": (
            PLANS,
            [_plan_row(*item) for item in plans.items()],
        ),
        "Time, power and energy, model": (POWER, [_power_row(*item) for item in plans.items()]),
        "A single Cortex-M7, estimated, against all of the cluster, model": (
            CORTEX,
            [_core_row(core, plans) for core in cores],
        ),
    }


def weight_bytes(plan: Forecast) -> int:
    """Bytes of all tiles."""
    return sum(tile.bytes for tile in plan.plan.tiles)


def _claims(
    plans: Plans, on_chip: Mapping[str, Forecast], cores: Sequence[Mapping], models: Sequence[str]
) -> list[list[str]]:
    pairs = [(plans[model, "fp16"], plans[model, "mixed"]) for model in models]
    points = [(mixed.energies[0], mixed.energies[-1]) for _, mixed in pairs]
    single = {core["model"]: core["microjoules"] for core in cores}
    less = [(single.get(model), plans[model, "mixed"].energy.microjoules) for model in models]
    return [
        ["cycles, fp16 / mixed", "up to 4", *(f"{a.hop.cycles / b.hop.cycles:.2f}" for a, b in pairs)],
        [
            "the same if L2 held all of fp16",
            "",
            *(f"{on_chip[model].hop.cycles / plans[model, 'mixed'].hop.cycles:.2f}" for model in models),
        ],
        [
            "bytes of weights, fp16 / mixed",
            "1.4 to 1.7",
            *(f"{weight_bytes(a) / weight_bytes(b):.2f}" for a, b in pairs),
        ],
        [
            "power of mixed, 0.8 V / 0.65 V",
            "up to 2.5",
            *(f"{high.milliwatts / low.milliwatts:.2f}" for low, high in points),
        ],
        [
            "the same while all workers compute",
            "",
            *(f"{high.point.watts / low.point.watts:.2f}" for low, high in points),
        ],
        [
            "energy a hop, fp16 / mixed",
            "",
            *(f"{a.energy.microjoules / b.energy.microjoules:.1f}" for a, b in pairs),
        ],
        ["energy a hop, a Cortex-M7 / mixed", "10", *(f"{a / b:.0f}" if a else "" for a, b in less)],
    ]


def _plan_row(case: tuple[str, str], plan: Forecast) -> list[str]:
    memory = dict(plan.plan.memory)
    near = [f"{memory.pop(name) / 1000:.0f}" for name in ("l1", "l2")]
    (store, size), *_ = memory.items()
    return [
        " ".join(case),
        f"{plan.hop.cycles:,}",
        f"{plan.bound.cycles:,} ({plan.bound.limit})",
        f"{plan.macs_per_cycle:.2f}",
        f"{100 * plan.hop.waiting / plan.hop.cycles:.0f} %",
        *near,
        f"{size / 1000:.0f} {store}",
    ]


def _power_row(case: tuple[str, str], plan: Forecast) -> list[str]:
    low, high = plan.energies[0], plan.energies[-1]
    return [
        " ".join(case),
        *(f"{energy.needed_ms:.2f}" for energy in (low, high)),
        *(f"{energy.milliwatts:.1f}" for energy in (low, high)),
        *(f"{energy.microjoules:.1f}" for energy in (low, high)),
    ]


def _core_row(core: Mapping, plans: Plans) -> list[str]:
    mixed = plans[core["model"], "mixed"].energy.microjoules
    return [
        f"{core['model']} {core['scheme']}, {core['chip']}",
        f"{core['ms']:.2f}",
        f"{1e3 * core['watts']:.0f}",
        f"{core['microjoules']:.0f}",
        f"{mixed:.1f}",
        f"{core['microjoules'] / mixed:.0f}",
    ]


def markdown(text: str, tables: Tables) -> str:
    """The script's own words, and a table under each caption."""
    title, _, rest = text.strip().partition("\n")
    lines = [f"# {title.rstrip('.')}", rest]
    for caption, (heads, rows) in tables.items():
        lines += ["", f"## {caption}", "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
