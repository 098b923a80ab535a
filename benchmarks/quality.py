"""Our suppressors and others on the same recordings, by PESQ-WB, STOI, SI-SDR and DNSMOS.

    pip install -e '.[peers,metrics]'
    python benchmarks/quality.py --corpus CORPUS --real RECORDINGS --write docs/quality.md

The corpus gives the fixed mixtures; DNSMOS needs no clean reference. Ours run as compiled C in the scheme
``mixed``. Intervals hold 95 % of the means of files drawn anew (bootstrap); those of differences are paired,
file by file. ``--score-cards`` also writes the scores that ``ossicle models`` shows.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import soundfile
import typer
from make_mixtures import build_folder
from peers import PEERS, RATE

from ossicle import api
from ossicle.cli.app import print_json, print_table
from ossicle.graph import Suppression
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.quality import Scores, compare, find_pairs
from ossicle.scale import run_all
from ossicle.zoo import keep_scores, zoo_names

MEASURES = ("pesq_wb", "stoi", "si_sdr_db")
DNSMOS = ("ovrl_mos", "sig_mos", "bak_mos")
NOISY = "noisy"
Suppressor = Callable[[np.ndarray], np.ndarray]


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    real: Annotated[Path | None, typer.Option(help="Folder of real recordings, for DNSMOS.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Models; all of the zoo by default.")] = None,
    split: Annotated[str, typer.Option(help="val or test")] = "test",
    write: Annotated[Path | None, typer.Option(help="Markdown file for the tables.")] = None,
    score_cards: Annotated[bool, typer.Option(help="Write the scores of the zoo.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Print a row for the noisy signals and for each suppressor, then the differences."""
    models = model or api.zoo_models(Suppression)
    ours = {name: api.compile(api.quantize(api.load(name), "mixed")).denoise for name in models}
    systems = {NOISY: np.asarray, **PEERS, **ours}
    with tempfile.TemporaryDirectory() as folder:
        build_folder(split, corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")
        scores = _collect(systems, [_plain(file) for file in compare(pairs, systems)], MEASURES)
    tables = [_mixture_table(scores, models, f"{len(pairs)} {split} mixtures, 0 to 15 dB, means")]
    tables.append(_difference_table(scores, models))
    results = {"mixtures": _means(scores), "split": split, "files": len(pairs)}
    if real:
        recordings = sorted(path for path in real.iterdir() if path.suffix in (".wav", ".flac"))
        heard = _collect(systems, list(run_all(partial(_listen, systems), recordings)), DNSMOS)
        tables.append(_listener_table(heard, f"{len(recordings)} real recordings, DNSMOS P.835, means"))
        results["real"] = _means(heard)
    if score_cards:
        keep_scores(_score_cards(scores, models))
    if write:
        write.write_text(_markdown(tables), "utf-8")
    if json_:
        print_json(results)
        return
    for title, columns, rows in tables:
        print_table(columns, rows, title)


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


def _mixture_table(scores, models, title):
    rows = []
    for system, row in scores.items():
        pesq, low, high = mean_interval(row["pesq_wb"])
        stoi, si_sdr = np.nanmean(row["stoi"]), np.nanmean(row["si_sdr_db"])
        macs = f"{api.load(system).graph.macs * 160 / 1e6:.0f} M" if system in models else ""
        rows.append([system, f"{pesq:.3f}", f"{low:.3f} to {high:.3f}", f"{stoi:.3f}", f"{si_sdr:.2f}", macs])
    return title, ["", "PESQ-WB", "95 %", "STOI", "SI-SDR dB", "MAC/s"], rows


def _difference_table(scores, models):
    others = [system for system in scores if system not in models]
    rows = [[model, *(_difference(scores, model, o, "pesq_wb") for o in others)] for model in models]
    return "PESQ-WB above the others (paired 95 %)", ["", *others], rows


def _listener_table(scores, title):
    rows = []
    for system, row in scores.items():
        above = "" if system == "RNNoise 0.2" else _difference(scores, system, "RNNoise 0.2", "ovrl_mos")
        rows.append([system, *(f"{np.nanmean(row[m]):.3f}" for m in DNSMOS), above])
    return title, ["", "OVRL", "SIG", "BAK", "OVRL above RNNoise"], rows


def _difference(scores, one, other, measure) -> str:
    mean, low, high = mean_interval(scores[one][measure] - scores[other][measure])
    return f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"


def _score_cards(scores, models) -> dict[str, dict[str, dict[str, float]]]:
    return {
        name: {
            "noisy": {m: round(float(np.nanmean(scores[NOISY][m])), 3) for m in MEASURES},
            "enhanced": {m: round(float(np.nanmean(scores[name][m])), 3) for m in MEASURES},
        }
        for name in models
        if name in zoo_names()
    }


def _markdown(tables) -> str:
    lines = ["# Quality", "", *(__doc__ or "").strip().splitlines(), ""]
    for title, columns, rows in tables:
        lines += [f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        lines += [*(f"| {' | '.join(row)} |" for row in rows), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
