"""The table of ``account.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A row for each node."""
    rows = [
        [node["node"], f"{node['error_db']:.1f}", f"{node['pesq_lost']:.3f}"] for node in results["nodes"]
    ]
    title = (
        f"{settings['model']} in {settings['scheme']}, one node quantized at a time, {settings['files']} "
        f"{settings['split']} mixtures"
    )
    return [Table(title, ["node", "output error, dB", "PESQ lost"], rows)]
