"""What operators of ONNX and TFLite become."""

from collections.abc import Mapping, Sequence
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Sequence[Table]:
    """Operators of ONNX as operators of graphs, and operators of TFLite as operators of ONNX."""
    return [
        Table(
            "ONNX", ["ONNX", "operators of a graph"], _rows(results["onnx"], "moved, or computed at import")
        ),
        Table("TFLite", ["TFLite", "ONNX"], _rows(results["tflite"], "computed at import")),
    ]


def _rows(found: Mapping[str, Sequence[str]], nothing: str) -> list[list[str]]:
    """Operators that become the same share a row, in the order of the first of them."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for kind, becomes in found.items():
        alike.setdefault(tuple(becomes), []).append(kind)
    return [[_listed(kinds), _listed(becomes) or nothing] for becomes, kinds in alike.items()]


def _listed(names: Sequence[str]) -> str:
    return " ".join(f"`{name}`" for name in names)
