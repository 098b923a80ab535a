"""How long a frame of imported networks takes on one core of this computer, beside onnxruntime.

    python benchmarks/imports_speed.py FOLDER --record

FOLDER has an ONNX file for each network, and beside it an ``.npz`` with an array ``in_0`` of frames of its
first input, on which it is calibrated and timed. All run in turns, a few frames at a time, so that hardly any
turn is interrupted by other work. The emitted C runs the frames of a turn in one call. onnxruntime has one
thread, its usual optimizations, and its arrays bound once, so that a frame costs a change of the input and a
call; its states are not fed back, which would take it longer.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnxruntime
import tables.imports_speed
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.tasks.frames.program import FramesProgram

NETWORKS = ("gtcrn", "fastenhancer_t_spec", "fastenhancer_b_spec", "dprnn_t_spec")
SCHEMES = ("fp32", "w8a16")
FRAMES, AT_ONCE = 60, 10

Run = Callable[[int], object]
"""Runs the frames of a turn, from a first one on."""


@dataclass(frozen=True)
class Network:
    """An ONNX file, and frames of its first input."""

    path: Path
    frames: np.ndarray

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of NAME.onnx and NAME.npz.")],
    networks: Annotated[list[str] | None, typer.Option("--network", help="Names; else some of ours.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds to take the fastest and the median of.")] = 50,
    core: Annotated[int, typer.Option(help="Core to stay on, where the system can do that.")] = 0,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print microseconds a frame of each network in onnxruntime and as emitted C."""
    names = tuple(networks or NETWORKS)
    found = {name: _read(folder / f"{name}.onnx") for name in names}
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    results = {name: _race(network, rounds) for name, network in found.items()}
    settings = {
        "networks": names,
        "schemes": SCHEMES,
        "rounds": rounds,
        "frames": FRAMES,
        "at_once": AT_ONCE,
        "sha256": {name: network.sha256 for name, network in found.items()},
    }
    result = Result("imports_speed", settings, results, packages=["onnxruntime"], timed=True)
    conclude(result, tables.imports_speed.tables(results, settings), record, json_)


def _read(path: Path) -> Network:
    try:
        frames = np.load(path.with_suffix(".npz"))["in_0"].astype(np.float32)
    except (OSError, KeyError, ValueError):
        raise OssicleError(
            f"there is no array in_0 of frames in {path.with_suffix('.npz')}; write one"
        ) from None
    return Network(path, np.resize(frames, (FRAMES, *frames.shape[1:])))


def _race(network: Network, rounds: int) -> dict[str, Any]:
    """Times of a network in turn, after one round that does not count."""
    model = api.import_network(network.path, steps=0)
    heard = [{model.graph.inputs[0]: network.frames}]
    models = {scheme: _in_scheme(model, scheme, heard) for scheme in SCHEMES}
    programs = {scheme: api.compile(of) for scheme, of in models.items()}
    runners = {"onnxruntime": _onnxruntime(network)}
    runners |= {scheme: _emitted(program, network) for scheme, program in programs.items()}
    taken: dict[str, list[list[float]]] = {name: [] for name in runners}
    for _ in range(rounds + 1):
        for times in taken.values():
            times.append([])
        for begin in range(0, FRAMES, AT_ONCE):
            for name, run in runners.items():
                begun = time.perf_counter()
                run(begin)
                taken[name][-1].append(1e6 * (time.perf_counter() - begun) / AT_ONCE)
    return {
        "macs": model.graph.macs,
        "weight_bytes": {scheme: program.summary["weight_bytes"] for scheme, program in programs.items()},
        "fastest_us": {name: _mean(np.min(times[1:], 0)) for name, times in taken.items()},
        "median_us": {name: _mean(np.median(times[1:], 0)) for name, times in taken.items()},
    }


def _mean(turns: np.ndarray) -> float:
    """Of all frames, from the times of each turn of a round."""
    return float(np.mean(turns))


def _in_scheme(model: Model, scheme: str, heard: list[Any]) -> Model:
    return model if scheme == "fp32" else api.quantize(model, scheme, heard)


def _emitted(program: Any, network: Network) -> Run:
    assert isinstance(program, FramesProgram)
    stream = program.open()
    first = program.summary["inputs"][0]["name"]
    records = program.noise(FRAMES)
    records[first] = network.frames
    return lambda begin: stream.feed(records[begin : begin + AT_ONCE])


def _onnxruntime(network: Network) -> Run:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(network.path), options, providers=["CPUExecutionProvider"])
    binding, (first, *others) = session.io_binding(), session.get_inputs()
    for end in others:
        binding.bind_ortvalue_input(end.name, _value(np.zeros(_shape(end), np.float32)))
    for end in session.get_outputs():
        binding.bind_ortvalue_output(end.name, _value(np.zeros(_shape(end), np.float32)))
    frames = [_value(frame) for frame in network.frames]

    def run(begin: int) -> None:
        for frame in frames[begin : begin + AT_ONCE]:
            binding.bind_ortvalue_input(first.name, frame)
            session.run_with_iobinding(binding)

    return run


def _value(array: np.ndarray) -> Any:
    return onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))


def _shape(end: Any) -> list[int]:
    return [size if isinstance(size, int) else 1 for size in end.shape]


if __name__ == "__main__":
    typer.run(main)
