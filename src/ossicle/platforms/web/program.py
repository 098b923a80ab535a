"""A model's program for a web page: the folder of the page, and its WebAssembly in wasmtime."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.platforms.web.files import read_model
from ossicle.platforms.web.runtime import WasmModel
from ossicle.platforms.web.target import WebTarget
from ossicle.programs.interface import Given, interface_of


@dataclass(frozen=True)
class Frames:
    """What a run of frames gave."""

    output: np.ndarray
    """int16 samples, ``(n,)``."""
    seconds: tuple[float, ...]
    """Of each frame."""
    states: tuple[bytes, ...]
    """After each frame; empty where nobody asked."""


def run_frames(wasm: bytes, summary: Mapping[str, Any], items: np.ndarray, traced: bool = False) -> Frames:
    """Run int16 samples, ``(n,)``, from reset; zeros fill up the last frame, whose rest is left out."""
    model, hop = WasmModel(wasm, summary["sample_rate"]), summary["hop"]
    padded = np.concatenate([items, np.zeros(-len(items) % hop, items.dtype)]).reshape(-1, hop)
    outputs, seconds, states = [np.zeros(0, "<i2")], [], []
    for frame in padded:
        output, elapsed = model.process_frame(frame)
        outputs.append(output)
        seconds.append(elapsed)
        if traced:
            states.append(model.state(summary["state_bytes"]))
    return Frames(np.concatenate(outputs)[: len(items)], tuple(seconds), tuple(states))


@dataclass(frozen=True)
class WebProgram:
    """The folder of a page; ``run`` needs ``ossicle[web]``."""

    folder: Path
    target: WebTarget = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)
    """What ``model.json`` says of the model that was compiled last: sizes, front end, plan."""
    needs_folder: ClassVar[bool] = True

    @property
    def wasm(self) -> bytes:
        """The model as WebAssembly."""
        return base64.b64decode(read_model(self.folder, self.summary["name"])["wasm"])

    def run(self, inputs: Given) -> np.ndarray:
        """What it puts out from reset, as a program on this computer."""
        items = interface_of(self.summary).items(self.summary, inputs)
        return run_frames(self.wasm, self.summary, items).output
