"""The tables of ``quality.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table, interval

NOISY, BESIDE = "noisy", "RNNoise 0.2"


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """Means on the mixtures, differences to the others, and, where there are any, the recordings."""
    found = [mixtures(results, settings), differences(results, settings)]
    return [*found, recordings(results, settings)] if "recordings" in results else found


def mixtures(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Means on the mixtures."""
    rows = []
    for system in settings["systems"]:
        row, macs = results["mixtures"][system], results["macs_per_second"].get(system)
        mean, low, high = row["pesq_wb"]
        work = f"{macs / 1e6:.0f} M" if macs else ""
        rows.append(
            [
                system,
                f"{mean:.3f}",
                f"{low:.3f} to {high:.3f}",
                f"{row['stoi'][0]:.3f}",
                f"{row['si_sdr_db'][0]:.2f}",
                work,
            ]
        )
    title = f"{settings['files']} {settings['split']} mixtures, 0 to 15 dB, means"
    return Table(title, ["", "PESQ-WB", "95 %", "STOI", "SI-SDR dB", "MAC/s"], rows)


def differences(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """PESQ above each of the others, file by file."""
    models = settings["models"]
    others = [system for system in settings["systems"] if system not in models]
    rows = [
        [model, *(interval(results["pesq_above"][model][other], "+.3f") for other in others)]
        for model in models
    ]
    return Table("PESQ-WB above the others (paired 95 %)", ["", *others], rows)


def recordings(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """DNSMOS of the recordings that have no reference."""
    found = results["recordings"]
    rows = []
    for system in settings["systems"]:
        means = (found["dnsmos"][system][m][0] for m in ("ovrl_mos", "sig_mos", "bak_mos"))
        above = interval(found["ovrl_above"][system], "+.3f") if system in found["ovrl_above"] else ""
        rows.append([system, *(f"{mean:.3f}" for mean in means), above])
    title = f"{found['files']} recordings of {', '.join(found['corpora'])}: DNSMOS P.835, means"
    return Table(title, ["", "OVRL", "SIG", "BAK", f"OVRL above {BESIDE}"], rows)


def best_heard(results: Mapping[str, Any]) -> str:
    """The system of the highest DNSMOS OVRL."""
    dnsmos = results["recordings"]["dnsmos"]
    return max(dnsmos, key=lambda system: dnsmos[system]["ovrl_mos"][0])
