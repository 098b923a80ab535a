"""The tables of ``cluster.py``: plans for a cluster, what they cost, and what the paper says."""

from collections.abc import Mapping, Sequence
from typing import Any

from tables import Table

H7A3_MICROJOULES = 0.43e-3
"""Of a cycle on an STM32H7A3, by energies and times in MLPerf Tiny v1.2 (``closed/STMicroelectronics``)."""
Plan = Mapping[str, Any]


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """The claims, then plans, memories and power of each model, then the single core."""
    return [claims(results, settings), plans(results, settings), power(results, settings), cores(results)]


def claims(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """What the paper claims, and what the model says of each network."""
    models: Sequence[str] = settings["models"]
    found = [ratios(model, results) for model in models]
    rows = [
        ["cycles, fp16 / mixed", "up to 4", *(f"{of['cycles']:.2f}" for of in found)],
        ["the same if L2 held all of fp16", "", *(f"{of['cycles_in_l2']:.2f}" for of in found)],
        ["bytes of weights, fp16 / mixed", "1.4 to 1.7", *(f"{of['bytes']:.2f}" for of in found)],
        ["power of mixed, {1:g} V / {0:g} V", "up to 2.5", *(f"{of['power']:.2f}" for of in found)],
        ["the same while all workers compute", "", *(f"{of['busy_power']:.2f}" for of in found)],
        ["energy a hop, fp16 / mixed", "", *(f"{of['energy']:.1f}" for of in found)],
        [
            "energy a hop, a Cortex-M7 / mixed",
            "10",
            *(f"{of['core_energy']:.0f}" if "core_energy" in of else "" for of in found),
        ],
    ]
    rows[3][0] = rows[3][0].format(*volts(results))
    return Table("Claims of the paper, and what the model says", ["", "published", *models], rows)


def ratios(model: str, results: Mapping[str, Any]) -> dict[str, float]:
    """What the mixed plan of a network takes less of."""
    halves, mixed = results["plans"][f"{model} fp16"], results["plans"][f"{model} mixed"]
    low, high = mixed["energies"][0], mixed["energies"][-1]
    core = results["single_core"].get(model)
    of_core = {}
    if core:
        microjoules = chosen(mixed)["microjoules"]
        of_core = {
            "core_energy": core["microjoules"] / microjoules,
            "measured_core_energy": core["cycles"] * H7A3_MICROJOULES / microjoules,
        }
    return {
        "cycles": halves["cycles"] / mixed["cycles"],
        "cycles_in_l2": results["fp16_in_l2"][model]["cycles"] / mixed["cycles"],
        "bytes": halves["weight_bytes"] / mixed["weight_bytes"],
        "power": high["milliwatts"] / low["milliwatts"],
        "busy_power": high["point"]["watts"] / low["point"]["watts"],
        "energy": chosen(halves)["microjoules"] / chosen(mixed)["microjoules"],
    } | of_core


def spread(quantity: str, form: str, results: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """The least and the largest ratio of a quantity over the networks, as text."""
    of_models = [ratios(model, results) for model in settings["models"]]
    found = [of[quantity] for of in of_models if quantity in of]
    return f"{format(min(found), form)} to {format(max(found), form)}"


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
                f"{plan['bound_cycles']:,} ({plan['bound_by']})",
                f"{plan['macs_per_cycle']:.2f}",
                f"{100 * plan['waiting_cycles'] / plan['cycles']:.0f} %",
                *(f"{plan['memory'][level] / 1000:.0f}" for level in ("l1", "l2")),
                f"{size / 1000:.0f} {name}",
            ]
        )
    columns = [
        "model, scheme",
        "cycles",
        "bound",
        "MAC a cycle",
        "waiting",
        "L1 kB",
        "L2 kB",
        "behind it, kB",
    ]
    return Table("Plans: cycles a hop, model; bytes, counted", columns, rows)


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
                *(f"{energy['milliwatts']:.1f}" for energy in ends),
                *(f"{energy['microjoules']:.1f}" for energy in ends),
            ]
        )
    low, high = volts(results)
    columns = ["model, scheme"]
    for quantity in ("ms", "mW", "uJ a hop"):
        columns += [f"{quantity} at {low:g} V", f"at {high:g} V"]
    return Table("Time, power and energy, model", columns, rows)


def cores(results: Mapping[str, Any]) -> Table:
    """The single core beside the cluster."""
    rows = []
    for model, core in results["single_core"].items():
        mixed = chosen(results["plans"][f"{model} mixed"])["microjoules"]
        rows.append(
            [
                f"{model} {core['scheme']}, {core['chip']}",
                f"{core['ms']:.2f}",
                f"{1e3 * core['watts']:.0f}",
                f"{core['microjoules']:.0f}",
                f"{mixed:.1f}",
                f"{core['microjoules'] / mixed:.0f}",
            ]
        )
    columns = ["model, scheme, chip", "ms", "mW", "uJ a hop", "uJ of mixed on gap9", "times less"]
    return Table("A single Cortex-M7, estimated, against all of the cluster, model", columns, rows)
