"""The tables of ``sizes.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """Work, and bytes of weights and of the state by scheme."""
    models, schemes = settings["models"], settings["schemes"]
    work = [[name, *(f"{results[name][key]:,}" for key in ("parameters", "macs"))] for name in models]
    found = [Table("size and work", ["", "parameters", "MAC per frame"], work)]
    for key, title in (("weight_bytes", "bytes of weights"), ("state_bytes", "bytes of the state")):
        rows = [[name, *(f"{results[name][key][scheme]:,}" for scheme in schemes)] for name in models]
        found.append(Table(title, ["", *schemes], rows))
    return found
