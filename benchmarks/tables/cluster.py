"""The tables of ``cluster.py``: plans for a cluster, what they cost, and what the paper says."""

from collections.abc import Mapping, Sequence
from typing import Any

from tables import Table

Plan = Mapping[str, Any]
Range = Sequence[float]
BOTTLENECKS = {"cores": "cores", "dma": "DMA engine", "l3": "L3"}
"""What limits a plan, in words."""


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """The claims, then plans, memories and power of each model, then the single core.

    Figures that are known as ranges are pairs of the least and the most.
    """
    return [
        claims(results, settings),
        plans(results, settings),
        by_l2(results, settings),
        power(results, settings),
        cores(results),
    ]


def claims(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """What the paper claims, and what the model says of each network."""
    models: Sequence[str] = settings["models"]
    found = [ratios(model, results) for model in models]
    rows = [
        ["cycles, fp16 / mixed", "up to 4", *(f"{of['cycles']:.2f}" for of in found)],
        ["the same, if L2 held all weights of fp16", "", *(f"{of['cycles_in_l2']:.2f}" for of in found)],
        ["bytes of weights, fp16 / mixed", "1.4 to 1.7", *(f"{of['bytes']:.2f}" for of in found)],
        ["power of mixed, {1:g} V / {0:g} V", "up to 2.5", *(pair(of["power"], ".2f") for of in found)],
        ["the same while all workers compute", "", *(pair(of["busy_power"], ".2f") for of in found)],
        ["energy per frame, fp16 / mixed", "", *(pair(of["energy"], ".1f") for of in found)],
        [
            "energy per frame, Cortex-M7 by measured nJ per cycle / mixed",
            "10",
            *(pair(of["measured_core_energy"], ".0f") if "core_energy" in of else "" for of in found),
        ],
        [
            "the same, Cortex-M7 by typical current",
            "",
            *(pair(of["core_energy"], ".0f") if "core_energy" in of else "" for of in found),
        ],
    ]
    rows[3][0] = rows[3][0].format(*volts(results))
    return Table("Published figures, and what the model says", ["", "published", *models], rows)


def ratios(model: str, results: Mapping[str, Any]) -> dict[str, Any]:
    """What the mixed plan of a network takes less of."""
    halves, mixed = results["plans"][f"{model} fp16"], results["plans"][f"{model} mixed"]
    low, high = mixed["energies"][0], mixed["energies"][-1]
    core, energy = results["single_core"].get(model), chosen(mixed)["microjoules"]
    return {
        "cycles": halves["cycles"] / mixed["cycles"],
        "cycles_in_l2": results["fp16_in_l2"][model]["cycles"] / mixed["cycles"],
        "bytes": halves["weight_bytes"] / mixed["weight_bytes"],
        "power": same_end(high["milliwatts"], low["milliwatts"]),
        "busy_power": same_end(high["point"]["watts"], low["point"]["watts"]),
        "energy": same_end(chosen(halves)["microjoules"], energy),
    } | (
        {
            "core_energy": any_ends([core["microjoules"]] * 2, energy),
            "measured_core_energy": any_ends(core["measured_microjoules"], energy),
        }
        if core
        else {}
    )


def same_end(more: Range, less: Range) -> Range:
    """The ratio of two ranges that both depend on one unknown: at either end of it."""
    ends = [a / b for a, b in zip(more, less, strict=True)]
    return [min(ends), max(ends)]


def any_ends(more: Range, less: Range) -> Range:
    """The ratio of two ranges that have nothing to do with each other."""
    return [more[0] / less[1], more[1] / less[0]]


def pair(ends: Range, form: str) -> str:
    """A range as text."""
    texts = [format(end, form) for end in ends]
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)


def spread(quantity: str, form: str, results: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """The least and the largest ratio of a quantity over the networks, as text."""
    of_models = [ratios(model, results) for model in settings["models"]]
    found = [of[quantity] for of in of_models if quantity in of]
    ends = [end for of in found for end in (of if isinstance(of, list) else [of])]
    return pair([min(ends), max(ends)], form)


def chosen(plan: Plan) -> Mapping[str, Any]:
    """The energy at the operating point that a plan is for."""
    return next(energy for energy in plan["energies"] if energy["point"]["volts"] == plan["volts"])


def volts(results: Mapping[str, Any]) -> tuple[float, float]:
    """The lowest and the highest voltage."""
    found = [energy["point"]["volts"] for plan in results["plans"].values() for energy in plan["energies"]]
    return min(found), max(found)


def store(plan: Plan) -> tuple[str, int]:
    """Where weights are while the power is off, and how many bytes of it they take."""
    return next((name, size) for name, size in plan["memory"].items() if name not in ("l1", "l2"))


def plans(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Cycles and bytes of each plan."""
    rows = []
    for case in settings["cases"]:
        plan = results["plans"][case]
        name, size = store(plan)
        rows.append(
            [
                case,
                f"{plan['cycles']:,}",
                f"{plan['lower_bound_cycles']:,} ({BOTTLENECKS[plan['bottleneck']]})",
                f"{plan['macs_per_cycle']:.2f}",
                f"{100 * plan['waiting_cycles'] / plan['cycles']:.0f} %",
                *(f"{plan['memory'][level] / 1000:.0f}" for level in ("l1", "l2")),
                f"{size / 1000:.0f} {name}",
            ]
        )
    columns = [
        "model, scheme",
        "cycles",
        "lower bound (bottleneck)",
        "MAC per cycle",
        "waiting",
        "L1 kB",
        "L2 kB",
        "L3 kB",
    ]
    return Table("Plans: cycles per frame, model; bytes, counted", columns, rows)


def by_l2(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Cycles of plans where L2 has more capacity for weights than the target assumes."""
    sizes = settings["l2_bytes"]
    cases = [case for case in settings["cases"] if f"{case} {sizes[0]}" in results["cycles_by_l2"]]
    rows = [[case, *(f"{results['cycles_by_l2'][f'{case} {size}']:,}" for size in sizes)] for case in cases]
    columns = ["model, scheme", *(f"{size / 1e6:.1f} MB" for size in sizes)]
    return Table("Cycles per frame by the capacity of L2 for weights, model", columns, rows)


def power(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Time, power and energy of each plan at the lowest and the highest voltage."""
    rows = []
    for case in settings["cases"]:
        energies = results["plans"][case]["energies"]
        ends = (energies[0], energies[-1])
        rows.append(
            [
                case,
                *(f"{energy['needed_ms']:.2f}" for energy in ends),
                *(pair(energy["milliwatts"], ".1f") for energy in ends),
                *(pair(energy["microjoules"], ".0f") for energy in ends),
            ]
        )
    low, high = volts(results)
    columns = ["model, scheme"]
    for quantity in ("ms", "mW", "uJ per frame"):
        columns += [f"{quantity} at {low:g} V", f"at {high:g} V"]
    return Table("Time, power and energy, model", columns, rows)


def cores(results: Mapping[str, Any]) -> Table:
    """The single core beside the cluster."""
    rows = []
    for model, core in results["single_core"].items():
        mixed = chosen(results["plans"][f"{model} mixed"])["microjoules"]
        of = ratios(model, results)
        rows.append(
            [
                f"{model} {core['scheme']}, {core['chip']}",
                f"{core['ms']:.2f}",
                f"{1e3 * core['watts']:.0f}",
                f"{core['microjoules']:.0f}",
                pair(core["measured_microjoules"], ".0f"),
                pair(mixed, ".0f"),
                pair(of["core_energy"], ".0f"),
                pair(of["measured_core_energy"], ".0f"),
            ]
        )
    columns = [
        *("model, scheme, chip", "ms", "mW, typical", "uJ per frame, typical", "uJ by a measured M7"),
        *("uJ of mixed on gap9", "ratio, typical", "ratio, measured"),
    ]
    return Table("A single Cortex-M7, estimated, against the whole cluster, model", columns, rows)
