"""What post-training quantization costs: each model in each scheme on the fixed mixtures, beside the claims.

    pip install -e '.[metrics,train]'
    python benchmarks/ptq.py --corpus CORPUS --write docs/quantization.md

Each row is the model that ships in the scheme of that name, as `--scheme` gives it, with the calibration in
its file. Two rows are calibrated on 12 mixtures of 3 s of the corpus' training split: `int8 min/max`, which
spans all values that were seen, rounds weights to the nearest code and corrects no bias, as the published
scheme did; and `auto`, which is searched on them and may take nine tenths of the bytes of `mixed`. Each runs
as compiled C. Losses are against fp32, with the 95 % interval of the mean over files (paired bootstrap).
"""

import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from calibration import calibration_clips, without_moments
from make_mixtures import build_folder

from ossicle import api
from ossicle.cache import cache_folder
from ossicle.cli.app import errors, print_json, print_table
from ossicle.emit.sizes import weight_bytes
from ossicle.graph import Suppression
from ossicle.graph.file import Model
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.quality import compare, find_pairs
from ossicle.measure.sensitivity import Bench, sensitivities
from ossicle.quantize import Ranges, calibrate
from ossicle.quantize.search import choose, options
from ossicle.scale import on_cluster

MEASURES = ("pesq_wb", "stoi", "si_sdr_db")
CLIPS = 12
AUTO_SHARE = 0.9
ROWS = ("fp32", "fp16", "int8 min/max", "int8", "mixed", "w8a16", "w4a16", "auto")
CLAIMS = {
    "int8 min/max": "0.30 (uniform INT8)",
    "mixed": "0.06, 1.4 to 1.7 times fewer bytes than fp16",
}
"""Loss of PESQ, mean over the published models (arXiv 2210.07692, abstract)."""


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    model: Annotated[list[str] | None, typer.Option(help="Models; all of the zoo by default.")] = None,
    split: Annotated[str, typer.Option(help="val or test")] = "test",
    write: Annotated[Path | None, typer.Option(help="Markdown file for the tables.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    cluster: Annotated[str | None, typer.Option(help="Cluster to send the work to: ray.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Print a table for each model, and the means over the models."""
    names = model or api.zoo_models(Suppression)
    forms = {name: quantized_forms(name, corpus) for name in names}
    programs = {(name, row): api.compile(form) for name, of in forms.items() for row, form in of.items()}
    systems = {key: program.denoise for key, program in programs.items()}
    with tempfile.TemporaryDirectory() as folder, on_cluster(cluster):
        build_folder(split, corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")
        files = list(compare(pairs, {("", "noisy"): np.asarray, **systems}, jobs))
    scores = {
        key: {m: np.array([asdict(file[key])[m] for file in files]) for m in MEASURES} for key in files[0]
    }
    sizes = {key: program.summary["weight_bytes"] for key, program in programs.items()}
    results = {name: {row: _summary(scores, sizes, name, row) for row in ROWS} for name in names}
    noisy = {m: float(np.nanmean(v)) for m, v in scores["", "noisy"].items()}
    precisions = {name: dict(programs[name, "auto"].summary["precisions"]) for name in names}
    tables = [_model_table(name, results[name], noisy, f"{len(files)} {split} mixtures") for name in names]
    tables.append(_mean_table(results))
    if write:
        write.write_text(_markdown(tables, precisions), "utf-8")
    if json_:
        print_json(
            {"split": split, "files": len(files), "noisy": noisy, "models": results, "auto": precisions}
        )
        return
    for title, columns, rows in tables:
        print_table(columns, rows, title)


def quantized_forms(name: str, corpus: Path) -> dict[str, Model]:
    """A model of the zoo in every row of the table."""
    loaded = api.load(name)
    clips = calibration_clips(loaded.graph.task.stft, corpus, "train", CLIPS)
    forms = {row: api.quantize(loaded, row) for row in ROWS if row not in ("int8 min/max", "auto")}
    uniform = calibrate(loaded.graph, clips, Ranges("minmax", "minmax", "minmax"))
    forms["int8 min/max"] = api.quantize(replace(loaded, calibration=without_moments(uniform)), "int8")
    with errors.status(f"searching the precisions of {name}"):
        losses = sensitivities(Bench.of(loaded.graph, clips), cache_folder() / "losses")
    best = choose(options(loaded.graph, losses), round(AUTO_SHARE * weight_bytes(forms["mixed"].graph)))
    return forms | {"auto": api.quantize(loaded, best.precisions, clips)}


def _summary(scores, sizes, name: str, row: str) -> dict:
    own, reference = scores[name, row], scores[name, "fp32"]
    return {
        **{m: float(np.nanmean(own[m])) for m in MEASURES},
        "pesq_lost": mean_interval(reference["pesq_wb"] - own["pesq_wb"]),
        "weight_bytes": sizes[name, row],
        "fp16_ratio": sizes[name, "fp16"] / sizes[name, row],
    }


def _model_table(name: str, results: dict[str, dict], noisy: dict[str, float], title: str):
    rows = [
        ["noisy", f"{noisy['pesq_wb']:.3f}", "", f"{noisy['stoi']:.3f}", f"{noisy['si_sdr_db']:.2f}", "", ""]
    ]
    for row, of in results.items():
        lost = "{:.3f} ({:.3f} to {:.3f})".format(*of["pesq_lost"])
        cells = [f"{of['pesq_wb']:.3f}", lost, f"{of['stoi']:.3f}", f"{of['si_sdr_db']:.2f}"]
        rows.append([row, *cells, f"{of['weight_bytes']:,}", f"{of['fp16_ratio']:.2f}"])
    columns = ["", "PESQ-WB", "lost to fp32 (95 %)", "STOI", "SI-SDR dB", "weights B", "fp16 / this"]
    return f"{name}: {title}", columns, rows


def _mean_table(results: dict[str, dict[str, dict]]):
    rows = []
    for row in ROWS:
        lost = np.mean([of[row]["pesq_lost"][0] for of in results.values()])
        ratios = [of[row]["fp16_ratio"] for of in results.values()]
        rows.append([row, f"{lost:.4f}", f"{min(ratios):.2f} to {max(ratios):.2f}", CLAIMS.get(row, "")])
    title = f"mean over {', '.join(results)}"
    return title, ["", "PESQ lost", "fp16 / this", "published (arXiv 2210.07692)"], rows


def _markdown(tables, precisions: dict[str, dict[str, str]]) -> str:
    lines = ["# Quantization", "", *(__doc__ or "").strip().splitlines(), ""]
    for title, columns, rows in tables:
        lines += [f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        lines += [*(f"| {' | '.join(row)} |" for row in rows), ""]
    lines += ["## What auto chose", ""]
    for name, of in precisions.items():
        lines.append(f"* {name}: {', '.join(f'{node} {precision}' for node, precision in of.items())}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
