"""The table of ``import_quality.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table, interval


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """One table: each network as its original, and imported in each scheme."""
    noisy = results["noisy"]
    rows = [
        ["noisy", "", f"{noisy['pesq_wb']:.3f}", "", f"{noisy['stoi']:.3f}", f"{noisy['si_sdr_db']:.2f}", ""]
    ]
    for name, of in results["networks"].items():
        for form in ("original", *settings["schemes"]):
            row, original = of[form], form == "original"
            rows.append(
                [
                    name if original else "",
                    "onnxruntime" if original else form,
                    f"{row['pesq_wb']:.3f}",
                    "" if original else interval(row["pesq_lost"], ".3f"),
                    f"{row['stoi']:.3f}",
                    f"{row['si_sdr_db']:.2f}",
                    "" if original else f"{row['weight_bytes']:,}",
                ]
            )
    title = f"imported suppressors: {settings['files']} {settings['split']} mixtures"
    columns = ["", "", "PESQ-WB", "PESQ lost (95 %)", "STOI", "SI-SDR dB", "weights, bytes"]
    return [Table(title, columns, rows)]
