"""Fixed-point features of microWakeWord and micro_speech (:mod:`ossicle.audio.microfrontend`)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ossicle.audio.fixed_fft import fft_tables
from ossicle.audio.microfrontend import lead_frames, patches
from ossicle.audio.microfrontend_tables import MicrofrontendConfig, Pcan, tables_of
from ossicle.emit.c_text import array_text
from ossicle.graph.task import TaskBuffer
from ossicle.tasks.front_ends import read_settings
from ossicle.tasks.spotting.features import KINDS, FeatureKind, whole_frames


def _parse(table: Mapping[str, Any]) -> MicrofrontendConfig:
    """Settings, of which ``pcan`` is a table of its own, or false."""
    of = table.get("pcan", {})
    pcan = read_settings(Pcan, of, "[microfrontend.pcan]") if of not in (None, False) else None
    return read_settings(MicrofrontendConfig, {**table, "pcan": pcan}, "[microfrontend]")


def _read(table: Mapping[str, Any], inputs: int) -> MicrofrontendConfig:
    """With as many frames as the network reads."""
    front = _parse(table)
    if "frames" in table:
        return front
    return replace(front, frames=whole_frames(inputs, front.channels, "[microfrontend]"))


def _fields(front: MicrofrontendConfig, step: int) -> list[TaskBuffer]:
    return [
        TaskBuffer("sound", "int16_t", (lead_frames(front, step) + 1) * step * front.hop),
        TaskBuffer("noise", "uint32_t", front.channels),
        TaskBuffer("rows", "uint16_t", front.inputs),
        TaskBuffer("lead", "int32_t", 1),
    ]


def _scratch(front: MicrofrontendConfig, step: int) -> list[TaskBuffer]:
    return [
        TaskBuffer("samples_in", "int16_t", step * front.hop, 0, 1),
        TaskBuffer("padded", "int16_t", front.n_fft, 1, 1),
        TaskBuffer("spectrum", "int16_t", front.n_fft + 2, 1, 1),
        TaskBuffer("magnitudes", "uint32_t", front.channels, 1, 1),
    ]


def _tables(front: MicrofrontendConfig) -> dict[str, np.ndarray]:
    tables = tables_of(front)
    twiddle, split = fft_tables(front.n_fft)
    names = ("first", "count", "rising", "falling", "smoothing", "log", *(("gain",) if front.pcan else ()))
    of = {name: getattr(tables, name) for name in names}
    return {"hann": tables.window, "twiddle": twiddle, "split": split} | of


KINDS["microfrontend"] = FeatureKind(
    "microfrontend",
    MicrofrontendConfig,
    parse=_parse,
    read=_read,
    patches=patches,
    fields=_fields,
    scratch=_scratch,
    tables=_tables,
    sample="int16_t",
    lead=lead_frames,
    values=lambda front: {"scale": array_text(np.array([front.scale], np.float32))},
    constants=frozenset(("microfrontend",)),
)
