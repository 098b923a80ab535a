"""The tables of ``calibration.py``: output errors in dB."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """By number of clips, by rounding of weights, by rule of each knob."""
    return [clips(results, settings), rounding(results, settings), rules(results, settings)]


def clips(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """By number of clips."""
    schemes = settings["schemes"]
    found = {int(count): of for count, of in results["clips"].items()}
    rows = [[str(count), *(f"{found[count][s]:.1f}" for s in schemes)] for count in settings["counts"]]
    title = f"{settings['model']}: output error in dB by the number of clips for calibration"
    return Table(title, ["clips of 3 s", *schemes], rows)


def rounding(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """By the rounding of weights."""
    schemes, found = settings["schemes"], results["rounding"]
    rows = [[name, *(f"{found[name][s]:.1f}" for s in schemes)] for name in settings["rounding"]]
    title = f"{settings['clips_of_rules']} clips: output error in dB by the rounding of weights"
    return Table(title, ["weights rounded", *schemes], rows)


def rules(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """By the rule of each range, the others at their defaults."""
    names, found = settings["rules"], results["rules"]
    rows = [[knob, *(f"{found[knob][rule]:.1f}" for rule in names)] for knob in settings["knobs"]]
    clips = settings["clips_of_rules"]
    title = f"int8, {clips} clips: output error in dB by range rule, the others at their defaults"
    return Table(title, ["range of", *names], rows)
