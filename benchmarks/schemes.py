"""What each scheme costs in quality: a model over the fixed mixtures, scored by PESQ-WB, STOI and SI-SDR.

    python benchmarks/schemes.py gru256 --corpus CORPUS

The mixtures are built from the corpus into a temporary folder. Each scheme runs as compiled C. Losses are
against fp32, with the 95 % interval of the mean over files (paired bootstrap).
"""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from make_mixtures import build_folder

from ossicle import api
from ossicle.cli.app import print_json, print_table
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.quality import evaluate, find_pairs
from ossicle.quantize import SCHEMES

MEASURES = ("pesq_wb", "stoi", "si_sdr_db")


def main(
    model: Annotated[str, typer.Argument(help="A model of the zoo, or the path of a .ossicle file.")],
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    split: Annotated[str, typer.Option(help="val or test")] = "test",
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Print a row for the noisy mixtures and one for each scheme."""
    with tempfile.TemporaryDirectory() as folder:
        build_folder(split, corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")
        loaded = api.load(model)
        scores = {s: list(evaluate(pairs, api.compile(api.quantize(loaded, s)))) for s in SCHEMES}
    table = {"noisy": _columns([asdict(file.noisy) for file in scores["fp32"]])}
    table |= {s: _columns([asdict(file.enhanced) for file in files]) for s, files in scores.items()}
    if json_:
        means = {name: {m: float(np.nanmean(v)) for m, v in row.items()} for name, row in table.items()}
        print_json({"model": model, "split": split, "files": len(pairs), "mean": means})
        return
    rows = [
        [
            name,
            *(f"{np.nanmean(row[m]):.3f}" for m in MEASURES),
            _loss(table["fp32"], row) if name in scores else "",
        ]
        for name, row in table.items()
    ]
    title = f"{model}: mean over the {len(pairs)} {split} mixtures, 0 to 15 dB"
    print_table(["", "PESQ-WB", "STOI", "SI-SDR dB", "PESQ lost to fp32"], rows, title)


def _columns(scores: list[dict[str, float]]) -> dict[str, np.ndarray]:
    return {measure: np.array([score[measure] for score in scores]) for measure in MEASURES}


def _loss(reference: dict[str, np.ndarray], row: dict[str, np.ndarray]) -> str:
    """Mean loss of PESQ and its interval."""
    return "{:.3f} ({:.3f} to {:.3f})".format(*mean_interval(reference["pesq_wb"] - row["pesq_wb"]))


if __name__ == "__main__":
    typer.run(main)
