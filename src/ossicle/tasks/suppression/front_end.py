"""How a front-end file says what is around an imported suppressor.

``[transform]`` has the settings of :class:`ossicle.audio.stft.StftConfig`, of which the sample rate and the
sizes are needed. Each ``[[inputs]]`` has a ``kind`` of :data:`ossicle.audio.features.FEATURES` and its
settings, and ``[output]`` a kind of :data:`ossicle.audio.estimates.ESTIMATES`. Each may have the ``name``
that an input or output has in the network's file; those without one are meant in the order of the file. A
``layout`` of complex numbers need not be given where the shape of the input or output tells it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from ossicle.audio.estimates import ESTIMATES, Estimate, Mask
from ossicle.audio.features import FEATURES, Features
from ossicle.audio.parts import layout_of
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError
from ossicle.graph.task import End, Ends, Task
from ossicle.tasks.front_ends import check_keys, read_settings
from ossicle.tasks.suppression.settings import Kind, Suppression, kind_named

NEEDED = ("sample_rate", "window", "hop", "n_fft")
TABLES = ("transform", "inputs", "output")


def read_front_end(keys: Mapping[str, Any], ends: Ends) -> Task:
    """The settings of a suppressor around a network with such ends; raises :class:`OssicleError`."""
    if not keys:
        raise OssicleError(
            "a noise suppressor needs a front end: give a preset or a .toml file to --front-end"
        )
    check_keys(keys, dict.fromkeys(TABLES), "it")
    if missing := [table for table in TABLES if table not in keys]:
        raise OssicleError(f"it lacks {', '.join(missing)}; its tables are {', '.join(TABLES)}")
    stft = _transform(keys["transform"])
    inputs = _tables(keys["inputs"], "[[inputs]]")
    outputs = _tables([keys["output"]], "[output]")
    heard = [
        _kind(FEATURES, table, end, "[[inputs]]") for table, end in _matched(inputs, ends.inputs, "input")
    ]
    (estimate,) = (
        _kind(ESTIMATES, table, end, "[output]") for table, end in _matched(outputs, ends.outputs, "output")
    )
    found: tuple[Features | Estimate, ...] = (*heard, estimate)
    for one, end in zip(found, (*ends.inputs, *ends.outputs), strict=True):
        if one.size(stft) != end.size:
            raise OssicleError(
                f"{end} in the network's file, and {one.kind} of this transform ({stft.bins} bins, "
                f"a window of {stft.window} samples) is {one.size(stft)}; choose another front end, or "
                "change [transform] or the kind"
            )
    return Suppression(stft, tuple(heard), estimate)


def _transform(table: object) -> StftConfig:
    if isinstance(table, Mapping) and (missing := [key for key in NEEDED if key not in table]):
        raise OssicleError(f"[transform] lacks {', '.join(missing)}; add what the network was trained with")
    return read_settings(StftConfig, table, "[transform]")


def _tables(found: object, where: str) -> list[Mapping[str, Any]]:
    if not (isinstance(found, list) and found and all(isinstance(table, Mapping) for table in found)):
        raise OssicleError(f"{where} must be a table with a kind, as in other front ends")
    return found


def _matched(
    tables: Sequence[Mapping[str, Any]], ends: Sequence[End], what: str
) -> list[tuple[Mapping[str, Any], End]]:
    """The table of each end, by its name or its place."""
    names = [end.name for end in ends]
    if len(tables) != len(ends):
        raise OssicleError(
            f"it describes {len(tables)} {what}s, and the network has {len(ends)}: {', '.join(names)}; a "
            "value that goes on to the next step is a state: declare it with --state"
        )
    given = {table["name"]: table for table in tables if "name" in table}
    if unknown := [name for name in given if name not in names]:
        raise OssicleError(f"the network has no {what} {unknown[0]!r}; its {what}s are {', '.join(names)}")
    others = iter(table for table in tables if "name" not in table)
    return [(given[end.name] if end.name in given else next(others), end) for end in ends]


def _kind(kinds: Mapping[str, type[Kind]], table: Mapping[str, Any], end: End, where: str) -> Kind:
    """The settings of one end."""
    settings = {key: value for key, value in table.items() if key not in ("name", "kind")}
    kind = kind_named(kinds, table.get("kind"), where)
    if kind is Mask and "floor_db" in settings:
        settings["floor"] = 10 ** (settings.pop("floor_db") / 20)
    if "layout" in {part.name for part in fields(kind)} and "layout" not in settings:  # type: ignore[arg-type]
        layout = layout_of(end.shape)
        if layout is None:
            raise OssicleError(
                f"{end}, which does not tell how real and imaginary parts lie; add the layout interleaved or "
                f"planar to {where}"
            )
        settings["layout"] = layout
    return read_settings(kind, settings, where)
