"""The tables of ``ptq.py``."""

from collections.abc import Mapping
from statistics import mean
from typing import Any

from tables import Table, interval

CLAIMS = {
    "int8 min/max": "0.30 (uniform INT8)",
    "mixed": "0.06, 1.4 to 1.7 times fewer bytes than fp16",
}
"""Loss of PESQ, mean over the published models (arXiv 2210.07692, abstract)."""


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """A table for each model, and the means over the models."""
    return [*(model(name, results, settings) for name in settings["models"]), means(results, settings)]


def model(name: str, results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """One model in all schemes."""
    noisy = results["noisy"]
    rows = [
        ["noisy", f"{noisy['pesq_wb']:.3f}", "", f"{noisy['stoi']:.3f}", f"{noisy['si_sdr_db']:.2f}", "", ""]
    ]
    for scheme in settings["schemes"]:
        of = results["models"][name][scheme]
        cells = [f"{of['pesq_wb']:.3f}", interval(of["pesq_lost"], ".3f")]
        cells += [f"{of['stoi']:.3f}", f"{of['si_sdr_db']:.2f}"]
        rows.append([scheme, *cells, f"{of['weight_bytes']:,}", f"{of['fp16_ratio']:.2f}"])
    columns = [
        "",
        "PESQ-WB",
        "lost against fp32 (95 %)",
        "STOI",
        "SI-SDR dB",
        "weights, bytes",
        "bytes of fp16 / this",
    ]
    return Table(f"{name}: {settings['files']} {settings['split']} mixtures", columns, rows)


def means(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Means over the models."""
    rows = [
        [scheme, f"{lost(results, scheme):.4f}", ratios(results, scheme), CLAIMS.get(scheme, "")]
        for scheme in settings["schemes"]
    ]
    title = f"mean over {', '.join(settings['models'])}"
    return Table(title, ["", "PESQ lost", "bytes of fp16 / this", "published (arXiv 2210.07692)"], rows)


def lost(results: Mapping[str, Any], scheme: str) -> float:
    """PESQ that a scheme loses to fp32, mean over the models."""
    return mean(of[scheme]["pesq_lost"][0] for of in results["models"].values())


def ratios(results: Mapping[str, Any], scheme: str) -> str:
    """How many times fewer bytes than fp16 a scheme takes: least and most of the models."""
    found = [of[scheme]["fp16_ratio"] for of in results["models"].values()]
    return f"{min(found):.2f} to {max(found):.2f}"
