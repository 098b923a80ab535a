"""What imported networks take on emulated chips.

    pip install -e '.[emulator,import]'
    python benchmarks/imports_chips.py NETWORKS --record

NETWORKS is a folder with the files of the cases. Float networks are quantized to w8a16 on the spectrum of a
recording, and hear its first frames; integer ones hear noise. Instructions of a frame are exact; cycles, and
so milliseconds, are estimates by the model of cortexm.md: no board was measured. Every output was that of
this computer's C, and that of the simulation in all integer layers.
"""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tables.imports_chips
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.audio.windows import hann
from ossicle.emit.chip import check_fit
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.platforms.cortexm.plan import plan_chip
from ossicle.platforms.cortexm.run import emulate
from ossicle.programs.interface import INTERFACES
from ossicle.scale import run_all
from ossicle.targets import load_target
from ossicle.tasks.frames.record import Frames

NOISY = Path(__file__).parents[1] / "examples" / "noisy.flac"
CHIPS = ("stm32h743", "stm32f767", "rp2350")
NETWORKS = ("gtcrn.onnx", "fastenhancer_t_spec.onnx", "dprnn_t_spec.onnx", "mww_okay_nabu.tflite")
SQUARE_ROOT = ("gtcrn",)
"""Networks whose window is the root of that of Hann; the others have the latter."""
WINDOW, HOP, RATE = 512, 256, 16_000
RATES = {".onnx": RATE / HOP, ".tflite": 1000 / 30}
"""Frames a second; the spotter takes three features of 10 ms at once."""
FRAMES = 8
"""That are run."""


@dataclass(frozen=True)
class Row:
    """What a network takes on a chip, of a frame."""

    macs: int
    instructions: float
    cycles: float
    ms: float
    frame_ms: float
    flash_bytes: int
    ram_bytes: int


def main(
    networks: Annotated[Path, typer.Argument(help="Folder with the files of the networks.")],
    recording: Annotated[Path, typer.Option(help="For spectra, at 16 kHz.")] = NOISY,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print instructions, milliseconds and bytes of each network on each chip."""
    files = [networks / name for name in NETWORKS]
    found = run_all(lambda path: measure(path, recording), files, jobs)
    results = {
        f"{path.stem} {chip}": row for path, rows in zip(files, found, strict=True) for chip, row in rows
    }
    settings = {"networks": NETWORKS, "chips": CHIPS, "frames": FRAMES, "recording": recording.name}
    shown = tables.imports_chips.tables(results, settings)
    conclude(
        Result("imports_chips", settings, results, packages=("unicorn", "ziglang")), shown, record, json_
    )


def measure(path: Path, recording: Path) -> list[tuple[str, dict[str, float] | None]]:
    """A network on all chips; None where it does not fit."""
    graph, items = network(path, recording)
    return [(chip, on_chip(graph, items, chip)) for chip in CHIPS]


def network(path: Path, recording: Path) -> tuple[Graph, np.ndarray]:
    """The network in integers, and what its program reads."""
    model = api.import_network(path, Frames(RATES[path.suffix]), steps=0)
    interface = INTERFACES[model.graph.task.name]
    if path.suffix == ".tflite":
        return model.graph, interface.stimulus(model.graph, FRAMES)
    (name,) = model.graph.inputs
    spectra = spectrum(recording, path.stem in SQUARE_ROOT).reshape(-1, *model.graph.tensors[name].shape)
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder) / "spectra.npz"
        np.savez(clips, **{name: spectra})
        quantized = api.quantize(model, "w8a16", [clips])
    loud = int(np.argmax(np.abs(spectra).sum(axis=tuple(range(1, spectra.ndim)))))
    return quantized.graph, interface.read(quantized.graph, {name: spectra[loud:][:FRAMES]}, 60).samples


def spectrum(recording: Path, square_root: bool) -> np.ndarray:
    """Real and imaginary part of each bin, ``(frames, bins, 2)``."""
    audio = read_audio(recording)
    if audio.rate != RATE:
        raise OssicleError(f"{recording} has {audio.rate} samples a second; give one of {RATE}")
    samples, window = audio.samples[:, 0], hann(WINDOW)
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    bins = np.fft.rfft(frames * (np.sqrt(window) if square_root else window))
    return np.stack([bins.real, bins.imag], -1).astype(np.float32)


def on_chip(graph: Graph, items: np.ndarray, chip: str) -> dict[str, float] | None:
    """What a frame takes; raises :class:`OssicleError` where the output is wrong."""
    target = load_target(chip)
    try:
        check_fit(graph, plan_chip(graph, target), target)
    except OssicleError:
        return None
    found = emulate(graph, target, items)
    if found.largest_difference or found.differing_nodes:
        raise OssicleError(f"{graph.name} on {chip} differs from the host or from the simulation")
    total = found.total or {}
    return asdict(
        Row(
            graph.macs,
            *(float(total[key] or 0) for key in ("instructions", "cycles", "ms")),
            graph.task.frame_ms or 0.0,
            found.flash_bytes,
            found.ram_bytes,
        )
    )


if __name__ == "__main__":
    typer.run(main)
