"""Our suppressors and others on the same recordings, by PESQ-WB, STOI, SI-SDR and DNSMOS.

    pip install -e '.[peers,metrics]'
    python benchmarks/quality.py --corpus CORPUS --real RECORDINGS --record

The corpus gives the fixed mixtures; DNSMOS needs no clean reference. Ours run as compiled C in the scheme
`mixed`. Intervals hold 95 % of the means of files drawn anew (bootstrap); those of differences are paired,
file by file.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import soundfile
import tables.quality
import typer
from make_mixtures import build_folder
from peers import PEER_PACKAGES, PEERS, RATE
from record import JsonOption, RecordOption, Result, conclude, manifest_data, mixture_data
from tables.quality import BESIDE, NOISY

from ossicle import api
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.quality import Scores, compare, find_pairs
from ossicle.measure.size import describe
from ossicle.scale import run_all
from ossicle.targets import load_target
from ossicle.tasks.suppression.settings import Suppression

MEASURES = ("pesq_wb", "stoi", "si_sdr_db")
DNSMOS = ("ovrl_mos", "sig_mos", "bak_mos")
SCHEME = load_target("host").scheme
EXAMPLES = 3
"""Files whose own scores are kept, so that a test can take them again."""
Suppressor = Callable[[np.ndarray], np.ndarray]


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    real: Annotated[
        Path | None,
        typer.Option(help="Folder of recordings without a reference, and their manifest.csv, for DNSMOS."),
    ] = None,
    model: Annotated[list[str] | None, typer.Option(help="Models; all of the zoo by default.")] = None,
    split: Annotated[str, typer.Option(help="val or test")] = "test",
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print a row for the noisy signals and for each suppressor, then the differences."""
    models = model or api.zoo_models(Suppression.name)
    loaded = {name: api.load(name) for name in models}
    ours = {name: api.compile(api.quantize(of, SCHEME)).denoise for name, of in loaded.items()}
    systems = {NOISY: np.asarray, **PEERS, **ours}
    data = mixture_data(split, corpus)
    if real:
        data.append(manifest_data(real))
    with tempfile.TemporaryDirectory() as folder:
        build_folder(split, corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")
        files = [_plain(file) for file in compare(pairs, systems)]
    scores = _collect(systems, files, MEASURES)
    examples = dict(zip((pair.noisy.stem for pair in pairs[:EXAMPLES]), files, strict=False))
    others = [NOISY, *PEERS]
    results = {
        "mixtures": _means(scores),
        "pesq_above": {m: {o: _above(scores, m, o, "pesq_wb") for o in others} for m in models},
        "pesq_of_files": {
            file: {name: of[name]["pesq_wb"] for name in (NOISY, *models)} for file, of in examples.items()
        },
        "macs_per_second": {name: describe(name, of).macs_per_second for name, of in loaded.items()},
    }
    if real:
        results["recordings"] = _recordings(real, systems, data[-1])
    settings = {
        "split": split,
        "files": len(pairs),
        "scheme": SCHEME,
        "models": models,
        "systems": list(systems),
    }
    packages = ("pesq", "pystoi", *PEER_PACKAGES, *(("speechmos",) if real else ()))
    found = Result("quality", settings, results, models, data, packages)
    conclude(found, tables.quality.tables(results, settings), record, json_)


def _plain(file: dict[str, Scores]) -> dict[str, dict[str, float]]:
    return {name: asdict(scores) for name, scores in file.items()}


def _listen(systems: dict[str, Suppressor], path: Path) -> dict[str, dict[str, float]]:
    from speechmos import dnsmos

    noisy = soundfile.read(path, dtype="float32")[0]
    return {name: dnsmos.run(np.clip(denoise(noisy), -1, 1), RATE) for name, denoise in systems.items()}


def _collect(systems, files, measures) -> dict[str, dict[str, np.ndarray]]:
    return {s: {m: np.array([file[s][m] for file in files], float) for m in measures} for s in systems}


def _means(scores) -> dict[str, dict[str, tuple[float, float, float]]]:
    return {s: {m: mean_interval(values) for m, values in row.items()} for s, row in scores.items()}


def _above(scores, one: str, other: str, measure: str) -> tuple[float, float, float]:
    return mean_interval(scores[one][measure] - scores[other][measure])


def _recordings(real: Path, systems: dict[str, Suppressor], origin: dict) -> dict:
    """DNSMOS of the files that the manifest of a folder names."""
    files = sorted(path for path in real.iterdir() if path.suffix in (".wav", ".flac"))
    heard = _collect(systems, list(run_all(partial(_listen, systems), files)), DNSMOS)
    return {
        "files": len(files),
        "corpora": origin["corpora"],
        "dnsmos": _means(heard),
        "ovrl_above": {s: _above(heard, s, BESIDE, "ovrl_mos") for s in systems if s != BESIDE},
    }


if __name__ == "__main__":
    typer.run(main)
