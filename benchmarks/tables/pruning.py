"""The tables of ``pruning.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table

KERNELS = {"weight": "blocks", "vector": "blocks", "block": "blocks", "filter": "dense", "unit": "dense"}
"""What multiplies by a weight that is pruned with each granularity."""


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """From where on pruning pays, what a network loses, and the costs of each layer."""
    return [break_even(results), outputs(results, settings), *layers(results, settings)]


def layers(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """For each layer, costs relative to dense ones by granularity and sparsity."""
    columns = [f"{share:.0%}" for share in settings["sparsities"]]
    return [
        Table(
            f"{layer}, {settings['layers'][layer]}, {precision}: relative to dense weights",
            ["granularity, kernel, cost", *columns],
            [row for granularity in of["at"] for row in _rows(of, granularity)],
        )
        for layer, precisions in results["costs"].items()
        for precision, of in precisions.items()
    ]


def break_even(results: Mapping[str, Any]) -> Table:
    """From which sparsity on cycles, and bytes, are fewer than those of dense weights."""
    rows = [
        [
            layer,
            precision,
            *(
                _share(of["pays_from"], names, unit)
                for unit in ("cycles", "bytes")
                for names in GRANULARITIES
            ),
        ]
        for layer, precisions in results["costs"].items()
        for precision, of in precisions.items()
    ]
    heads = [f"{' or '.join(names)}, {unit}" for unit in ("cycles", "bytes") for names in GRANULARITIES]
    return Table("pays from a sparsity of", ["layer", "precision", *heads], rows)


def outputs(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """What a whole network loses."""
    rows = [[name, *(f"{db:.1f}" for db in each)] for name, each in results["sqnr_db"].items()]
    columns = ["granularity, criterion", *(f"{share:.0%}" for share in settings["sparsities_of_outputs"])]
    return Table(f"{settings['model']}, SQNR of the output in dB", columns, rows)


GRANULARITIES = (("weight",), ("vector",), ("block",), ("filter", "unit"))


def _share(pays: Mapping[str, Any], names: tuple[str, ...], unit: str) -> str:
    share = next(pays[name][unit] for name in names if name in pays)
    return "never" if share is None else f"{share:.0%}"


def _rows(of: Mapping[str, Any], granularity: str) -> list[list[str]]:
    """Instructions, cycles and bytes of a granularity."""
    return [
        [
            f"{granularity}, {KERNELS[granularity]}, {unit}",
            *(f"{cost[unit] / of['dense'][unit]:.2f}" for cost in of["at"][granularity]),
        ]
        for unit in ("instructions", "cycles", "bytes")
    ]
