"""Build the fixed validation or test mixtures from a corpus, or draw the lists anew.

    python benchmarks/make_mixtures.py test --corpus CORPUS -o build/test
    ossicle evaluate gru256 --noisy build/test/noisy --clean build/test/clean

The lists ``mixtures_val.csv`` and ``mixtures_test.csv`` beside this file are the reference; ``--draw`` is how
they were made.
"""

from pathlib import Path
from typing import Annotated

import soundfile
import typer

from ossicle.data.corpus import load_corpus
from ossicle.data.mixtures import Mixture, build_mixture, draw_mixtures, read_mixtures, write_mixtures
from ossicle.scale import run_all

SAMPLE_RATE = 16000
COUNT, BABBLE_EVERY = 64, 5
SEEDS = {"val": 20, "test": 21}
HERE = Path(__file__).parent


def main(
    split: Annotated[str, typer.Argument(help="val or test")],
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for noisy/ and clean/.")] = None,
    draw: Annotated[bool, typer.Option(help="Draw the list anew first.")] = False,
) -> None:
    """Write OUT/noisy and OUT/clean, 24-bit FLAC of the same names."""
    if split not in SEEDS:
        raise typer.BadParameter("the split is val or test")
    if draw:
        source = load_corpus(corpus)
        path = HERE / f"mixtures_{split}.csv"
        write_mixtures(path, draw_mixtures(source, split, SAMPLE_RATE, COUNT, BABBLE_EVERY, SEEDS[split]))
    if out is not None:
        build_folder(split, corpus, out)


def build_folder(split: str, corpus: Path, out: Path) -> None:
    """Build all mixtures of a split into ``out/noisy`` and ``out/clean``."""
    for side in ("noisy", "clean"):
        (out / side).mkdir(parents=True, exist_ok=True)

    def build(mixture: Mixture) -> None:
        for side, signal in zip(("noisy", "clean"), build_mixture(mixture, corpus, SAMPLE_RATE), strict=True):
            soundfile.write(out / side / f"{mixture.name}.flac", signal, SAMPLE_RATE, subtype="PCM_24")

    mixtures = read_mixtures(HERE / f"mixtures_{split}.csv")
    for _ in run_all(build, mixtures, threads=True):
        pass


if __name__ == "__main__":
    typer.run(main)
