"""The tables of ``kws_m7.py``: forms, loop orders and zeros of the keyword study."""

from collections.abc import Mapping
from typing import Any

from tables import Table, interval


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """Times, memory and accuracy of the forms, orders of the loops, then zeros."""
    return [
        times(results, settings),
        memory(results, settings),
        orders(results),
        *(zeros(scheme, results, settings) for scheme in settings["kernels"]),
        accuracy(results, settings),
    ]


def times(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Time of each form beside the published one."""
    published, hertz = settings["published_ms"], settings["clock_hz"]
    rows = []
    for name in settings["forms"]:
        form = results["forms"][name]
        rows.append(
            [
                name,
                f"{form['instructions'] / 1e6:.2f}",
                f"{form['cycles'] / 1e6:.2f}",
                f"{form['features_ms']:.2f}",
                f"{form['inference_ms']:.2f}",
                f"{form['ms']:.2f}",
                f"{published / form['ms']:.1f}",
            ]
        )
    rows.append(["published", "", f"{published * hertz / 1e9:.2f}", "", "", f"{published:.2f}", "1.0"])
    columns = ["", "M instr.", "M cycles", "features", "network", "total", "published / total"]
    return Table(f"one result: instructions, cycles, and ms at {hertz / 1e6:g} MHz", columns, rows)


def memory(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Memory and accuracy of each form."""
    forms = [(name, results["forms"][name]) for name in settings["forms"]]
    rows = [
        [name, f"{of['flash_bytes']:,}", f"{of['ram_bytes']:,}", interval(of["accuracy"], ".3f")]
        for name, of in forms
    ]
    title = f"memory, and accuracy on {results['test_seconds']} clips of the test split"
    return Table(title, ["", "flash bytes", "RAM bytes", "accuracy (95 %)"], rows)


def orders(results: Mapping[str, Any]) -> Table:
    """Cost of the integer convolutions in each order of their loops."""
    rows = [
        [
            f"{row['scheme']} {row['order']}",
            f"{row['instructions']:,.0f}",
            f"{row['cycles']:,.0f}",
            f"{row['weight_cycles']:,.0f}",
            f"{row['ms']:.2f}",
        ]
        for row in results["loop_orders"]
    ]
    title = "order of the loops: the convolution alone"
    return Table(title, ["", "instructions", "cycles", "of which for flash", "ms"], rows)


def zeros(scheme: str, results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Cost of the convolution by kernel and share of zeros, in times of the fastest dense one."""
    of = results["pruning"]["costs"][scheme]
    dense, rows = of["dense"], []
    for name in settings["kernels"][scheme]:
        kernel = of[name]
        for unit, short in (("instructions", "instr."), ("cycles", "cycles")):
            factors = [f"{cost[unit] / dense[unit]:.2f}" for cost in kernel["at"]]
            pays = kernel["pays_from"][unit]
            rows.append([f"{name}: {short}", *factors, "no" if pays is None else f"{pays:.0%}"])
    title = (
        f"zeros in the convolution, {scheme}: cost relative to the fastest dense one, "
        f"{dense['instructions']:,.0f} instructions, {dense['cycles']:,.0f} cycles"
    )
    return Table(title, ["fraction of zeros", *_shares(results), "pays at"], rows)


def accuracy(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Accuracy of the pruned network."""
    found = results["pruning"]["accuracy"]
    rows = [[name, *(f"{value:.3f}" for value in found[name])] for name in settings["granularities"]]
    return Table("accuracy in float after pruning, not trained again", ["pruned by", *_shares(results)], rows)


def order_cost(scheme: str, order: str, results: Mapping[str, Any]) -> Mapping[str, float]:
    """Cost of the convolution of a scheme in an order of its loops."""
    rows = results["loop_orders"]
    return next(row for row in rows if (row["scheme"], row["order"]) == (scheme, order))


def _shares(results: Mapping[str, Any]) -> list[str]:
    return [f"{share:.0%}" for share in results["pruning"]["shares"]]
