"""The main job on one recording: a reader in rain, before and after, to hear, to see and in figures.

    python examples/demo.py

Everything lands in build/demo/. README.md beside this file says where the voice is from.
"""

import shutil
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
from ossicle.tasks.suppression.enhance import enhance

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "demo"
MODEL = "gru256"
SCHEMES = ("fp32", "w8a16", "w4a16")
LISTENED = "w8a16"
"""Scheme of the output that is written and drawn."""
NEXT = {
    "your own recording": "ossicle denoise noisy.wav -o clean.wav",
    "your microphone": "ossicle live",
    "a page in a browser": "ossicle compile gru256 --target web -o page",
    "onto a chip": "ossicle compile gru128 --scheme w8a16 --target stm32f767 -o board",
    "on an emulated chip": "ossicle run gru128 --scheme w8a16 --target stm32f767",
}


def main() -> None:
    """Clean the example in a few schemes, show what that is worth and costs, and how to go on."""
    begun = time.perf_counter()
    console = Console()
    OUT.mkdir(parents=True, exist_ok=True)
    noisy, voice = read_audio(HERE / "reader_noisy.flac"), read_audio(HERE / "reader.flac")
    model = ossicle.load(MODEL)
    with console.status("compiling the emitted C"):
        programs = {
            scheme: ossicle.compile(ossicle.quantize(model, scheme), OUT / f"{MODEL}_{scheme}")
            for scheme in SCHEMES
        }
    outputs = {scheme: enhance(noisy, program) for scheme, program in programs.items()}
    with console.status("timing one core"):
        speeds = time_programs(programs, rounds=9, seconds=1.0)
    write_audio(OUT / "before.wav", noisy)
    write_audio(OUT / "after.wav", outputs[LISTENED])
    draw(noisy, outputs[LISTENED], voice, OUT / "spectrograms.png")

    table = Table()
    for column in ("", "PESQ-WB", "STOI", "SI-SDR", "of real time", "weights"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("before", *score_cells(noisy, voice), "", "")
    for scheme, output in outputs.items():
        table.add_row(
            f"after, {scheme}",
            *score_cells(output, voice),
            f"{speeds[scheme].real_time_factor:.1%}",
            f"{programs[scheme].summary['weight_bytes'] / 1000:.0f} kB",
        )
    show(console, "hear it before", f"{shown(OUT / 'before.wav')}  ({noisy.seconds:.1f} s: a reader in rain)")
    show(console, "hear it after", f"{shown(OUT / 'after.wav')}  ({MODEL}, {LISTENED})")
    show(console, "see both", shown(OUT / "spectrograms.png"))
    show(console, "read the C", shown(OUT / f"{MODEL}_{LISTENED}"))
    console.print(table)
    console.print(f"all in {time.perf_counter() - begun:.1f} s; and now:")
    command = shutil.which("ossicle", path=str(HERE.parent / ".venv" / "bin")) or "ossicle"
    for what, arguments in NEXT.items():
        show(console, what, arguments.replace("ossicle", shown(Path(command)), 1))


def show(console: Console, what: str, text: str) -> None:
    """A line of two columns, which can be copied whole."""
    console.print(f"{what:20} {text}", highlight=False, soft_wrap=True)


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
    panels = {"before": noisy, f"after {MODEL} in {LISTENED}": enhanced, "the voice without rain": clean}
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
