"""The table of ``matrix_products.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each product."""
    rows = [
        [name.removeprefix("cortexm "), *(f"{results[name][shape]:.2f}" for shape in settings["shapes"])]
        for name in settings["products"]
    ]
    return [Table("instructions per multiply-accumulate", ["rows x columns", *settings["shapes"]], rows)]
