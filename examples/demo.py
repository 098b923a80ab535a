"""The main job on one recording: noisy.flac in, clean.wav, scores, sizes and a picture out.

    python examples/demo.py

Everything lands in build/demo/. The recording is synthetic: make_voice.py beside this file made it.
"""

import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot
from rich.console import Console
from rich.table import Table

import ossicle
from ossicle.audio.files import Audio, read_audio, write_audio
from ossicle.audio.stft import StftConfig, stft
from ossicle.measure.speed import time_programs
from ossicle.metrics.signal import si_sdr
from ossicle.metrics.speech import pesq_wb, stoi
from ossicle.quantization import SCHEMES
from ossicle.tasks.suppression.enhance import enhance

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "demo"
MODEL = "gru256"
LISTENED = "w8a16"
"""Scheme of the output that is written and drawn."""


def main() -> None:
    """Denoise the example with every scheme and show what it is worth and what it costs."""
    begun = time.perf_counter()
    console = Console()
    OUT.mkdir(parents=True, exist_ok=True)
    noisy, clean = read_audio(HERE / "noisy.flac"), read_audio(HERE / "clean.flac")
    model = ossicle.load(MODEL)
    with console.status("compiling the emitted C"):
        programs = {
            scheme: ossicle.compile(ossicle.quantize(model, scheme), OUT / f"{MODEL}_{scheme}")
            for scheme in SCHEMES
        }
    outputs = {scheme: enhance(noisy, program) for scheme, program in programs.items()}
    with console.status("timing one core"):
        speeds = time_programs(programs, rounds=9, seconds=1.0)
    write_audio(OUT / "clean.wav", outputs[LISTENED])
    draw(noisy, outputs[LISTENED], clean, OUT / "spectrograms.png")

    table = Table(title=f"{MODEL}: {noisy.seconds:.1f} s of synthetic speech in noise", title_justify="left")
    for column in ("", "PESQ-WB", "STOI", "SI-SDR", "us/frame", "RTF", "weights", "state"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("noisy", *score_cells(noisy, clean), "", "", "", "")
    for scheme, output in outputs.items():
        speed, summary = speeds[scheme], programs[scheme].summary
        table.add_row(
            scheme,
            *score_cells(output, clean),
            f"{speed.median_us:.0f}",
            f"{speed.real_time_factor:.4f}",
            f"{summary['weight_bytes'] / 1000:.0f} kB",
            f"{summary['state_bytes'] / 1000:.1f} kB",
        )
    console.print(table)
    console.print(
        f"listen: {shown(OUT / 'clean.wav')} ({LISTENED})   look: {shown(OUT / 'spectrograms.png')}"
    )
    console.print(
        f"the C:  {shown(OUT / f'{MODEL}_{LISTENED}')}   all in {time.perf_counter() - begun:.1f} s"
    )


def score_cells(audio: Audio, clean: Audio) -> list[str]:
    """PESQ, STOI and SI-SDR of a mono recording as text; a dash where a package is missing."""
    signals = audio.samples[:, 0], clean.samples[:, 0]
    cells = []
    for measure, digits in ((pesq_wb, 2), (stoi, 3), (si_sdr, 1)):
        try:
            cells.append(f"{measure(*signals):.{digits}f}")
        except ossicle.OssicleError:
            cells.append("-")
    return cells


def draw(noisy: Audio, enhanced: Audio, clean: Audio, path: Path) -> None:
    """Draw the spectrograms of the input, the output and the clean speech over each other."""
    figure, axes = pyplot.subplots(3, 1, figsize=(9, 7), sharex=True, layout="constrained")
    panels = {"noisy": noisy, f"enhanced by {MODEL}, {LISTENED}": enhanced, "clean": clean}
    for axis, (title, audio) in zip(axes, panels.items(), strict=True):
        power = np.abs(stft(audio.samples[:, 0], StftConfig())) ** 2
        image = axis.imshow(
            10 * np.log10(power.T + 1e-10),
            origin="lower",
            aspect="auto",
            extent=(0, audio.seconds, 0, audio.rate / 2000),
            vmin=-50,
            vmax=30,
            cmap="magma",
        )
        axis.set_title(title, loc="left")
        axis.set_ylabel("kHz")
    axes[-1].set_xlabel("s")
    figure.colorbar(image, ax=axes, label="dB")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def shown(path: Path) -> str:
    """A path as the user would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    main()
