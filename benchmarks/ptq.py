"""What post-training quantization costs: each model in each scheme on the fixed mixtures, beside the claims.

    pip install -e '.[metrics,train]'
    python benchmarks/ptq.py --corpus CORPUS --record

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
import tables.ptq
import typer
from calibration import calibration_clips
from make_mixtures import build_folder
from record import JsonOption, RecordOption, Result, conclude, manifest_data, mixture_data

from ossicle import api
from ossicle.cache import cache_folder
from ossicle.cli.app import errors
from ossicle.graph.model import Model
from ossicle.lowering import weight_bytes
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.quality import compare, find_pairs
from ossicle.measure.sensitivity import SensitivityContext, sensitivities
from ossicle.quantization import Ranges, calibrate
from ossicle.quantization.search import candidates_of, choose
from ossicle.scale import on_cluster
from ossicle.tasks.suppression.settings import Suppression

MEASURES = ("pesq_wb", "stoi", "si_sdr_db")
CLIPS = 12
AUTO_SHARE = 0.9
ROWS = ("fp32", "fp16", "int8 min/max", "int8", "mixed", "w8a16", "w4a16", "auto")


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    model: Annotated[list[str] | None, typer.Option(help="Models; all of the zoo by default.")] = None,
    split: Annotated[str, typer.Option(help="val or test")] = "test",
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    cluster: Annotated[str | None, typer.Option(help="Cluster to send the work to: ray.")] = None,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print a table for each model, and the means over the models."""
    names = model or api.zoo_models(Suppression.name)
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
    results = {
        "noisy": {m: float(np.nanmean(v)) for m, v in scores["", "noisy"].items()},
        "models": {name: {row: _summary(scores, sizes, name, row) for row in ROWS} for name in names},
        "auto": {name: list(programs[name, "auto"].summary["precisions"].items()) for name in names},
    }
    settings = {
        "split": split,
        "files": len(files),
        "models": names,
        "schemes": ROWS,
        "calibration_clips": CLIPS,
        "auto_share": AUTO_SHARE,
    }
    train = [manifest_data(corpus / kind, split="train") for kind in ("speech", "noise")]
    data = [*mixture_data(split, corpus), *train]
    found = Result("ptq", settings, results, names, data, ("pesq", "pystoi"))
    conclude(found, tables.ptq.tables(results, settings), record, json_)


def quantized_forms(name: str, corpus: Path) -> dict[str, Model]:
    """A model of the zoo in every row of the table."""
    loaded = api.load(name)
    clips = calibration_clips(loaded.graph, corpus, "train", CLIPS)
    forms = {row: api.quantize(loaded, row) for row in ROWS if row not in ("int8 min/max", "auto")}
    uniform = calibrate(loaded.graph, clips, Ranges("minmax", "minmax", "minmax"))
    forms["int8 min/max"] = api.quantize(replace(loaded, calibration=uniform.without_moments()), "int8")
    with errors.status(f"searching the precisions of {name}"):
        losses = sensitivities(SensitivityContext.of(loaded.graph, clips), cache_folder() / "losses")
    best = choose(candidates_of(loaded.graph, losses), round(AUTO_SHARE * weight_bytes(forms["mixed"].graph)))
    return forms | {"auto": api.quantize(loaded, best.precisions, clips)}


def _summary(scores, sizes, name: str, row: str) -> dict:
    own, reference = scores[name, row], scores[name, "fp32"]
    return {
        **{m: float(np.nanmean(own[m])) for m in MEASURES},
        "pesq_lost": mean_interval(reference["pesq_wb"] - own["pesq_wb"]),
        "weight_bytes": sizes[name, row],
        "fp16_ratio": sizes[name, "fp16"] / sizes[name, row],
    }


if __name__ == "__main__":
    typer.run(main)
