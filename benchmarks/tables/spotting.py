"""The tables of ``spotting.py``."""

from collections.abc import Mapping
from typing import Any

from tables import Table


def tables(results: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Table]:
    """Accuracy by scheme, then a curve for each model."""
    return [accuracy(results, settings), *(curve(name, results) for name in settings["models"])]


def accuracy(results: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    """Accuracy of each model in each scheme."""
    rows = []
    for name in settings["models"]:
        for scheme in settings["schemes"]:
            mean, low, high = results["accuracy"][name][scheme]
            rows.append([name, scheme, f"{100 * mean:.2f} %", f"{100 * low:.1f} to {100 * high:.1f}"])
    title = f"Accuracy over {results['seconds']} {settings['split']} seconds, six classes"
    return Table(title, ["model", "scheme", "accuracy", "95 %"], rows)


def curve(name: str, results: Mapping[str, Any]) -> Table:
    """Detections against false alarms of a model."""
    rows = [
        [f"{o['threshold']:.2f}", f"{100 * o['detection_rate']:.1f} %", f"{o['false_alarms_per_hour']:.0f}"]
        for o in results["curves"][name]
    ]
    title = f"{name}: {results['commands']} commands in an hour"
    return Table(title, ["threshold", "detected", "false alarms per hour"], rows)


def operation(name: str, threshold: float, results: Mapping[str, Any]) -> Mapping[str, float]:
    """What a model does at one of the thresholds."""
    return next(o for o in results["curves"][name] if o["threshold"] == threshold)
