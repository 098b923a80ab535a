"""The tables of ``spotting.py``."""

from collections.abc import Mapping, Sequence
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
    """Detections of a model against its alarms in the stream, in talk and in noise."""
    own = results["thresholds"][name]
    rows = [
        [
            f"{o['threshold']:.2f}{' (default)' if o['threshold'] == own else ''}",
            f"{100 * o['detection_rate']:.1f} %",
            f"{o['false_alarms_per_hour']:.0f}",
            rate(talk),
            rate(noise),
        ]
        for o, talk, noise in zip(
            results["curves"][name],
            *(results["alarms"][name][kind] for kind in ("talk", "noise")),
            strict=True,
        )
    ]
    title = f"{name}: {results['commands']} commands in an hour"
    columns = ["threshold", "detected", "false alarms per hour", "alarms per hour of talk", "of noise"]
    return Table(title, columns, rows)


def rate(interval: Sequence[float]) -> str:
    """Events an hour, and their interval."""
    mean, low, high = interval
    return f"{mean:.0f} ({low:.0f} to {high:.0f})"


def operation(name: str, threshold: float, results: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a model does at one of the thresholds, ``talk`` and ``noise`` being its alarms an hour there."""
    return next(
        {**o, **{kind: of[at] for kind, of in results["alarms"][name].items()}}
        for at, o in enumerate(results["curves"][name])
        if o["threshold"] == threshold
    )
