"""Imported suppressors against their originals on the fixed mixtures: as they are, and quantized.

    pip install -e '.[import,metrics]' onnxruntime
    python benchmarks/import_quality.py --networks NETWORKS --corpus CORPUS --record

The original runs in onnxruntime, frame by frame, between the front end and the back end of
:mod:`ossicle.audio` in NumPy. Ours run as compiled C, calibrated on 12 mixtures of 3 s of the training
split. Losses are of PESQ, against the original for fp32 and against fp32 for the other schemes, with the 95 %
interval of the mean over files (paired bootstrap).
"""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import tables.import_quality
import typer
from calibration import calibration_clips
from make_mixtures import build_folder
from originals import Original
from record import JsonOption, RecordOption, Result, conclude, manifest_data, mixture_data

from ossicle import api
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.quality import compare, find_pairs

NETWORKS = {
    "gtcrn": "gtcrn",
    "ulunas_simple": "ulunas",
    "fastenhancer_t_spec": "fastenhancer",
    "fastenhancer_b_spec": "fastenhancer",
    "dprnn_t_spec": "fastenhancer",
}
"""ONNX files, and the front end of each."""
SCHEMES = ("fp32", "w8a16", "int8")
ORIGINAL = "original"
MEASURES = ("pesq_wb", "stoi", "si_sdr_db")
CLIPS = 12


def main(
    networks: Annotated[
        Path, typer.Option(help="Folder of the ONNX files; those that it lacks are left out.")
    ],
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    files: Annotated[int, typer.Option(help="How many of the fixed mixtures, spread over the list.")] = 16,
    split: Annotated[str, typer.Option(help="val or test")] = "test",
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print a table of all networks."""
    found = {name: networks / f"{name}.onnx" for name in NETWORKS if (networks / f"{name}.onnx").is_file()}
    if not found:
        raise SystemExit(f"import_quality.py: {networks} has none of {', '.join(NETWORKS)} (.onnx)")
    forms = {name: _forms(path, NETWORKS[name], corpus) for name, path in found.items()}
    systems = {(name, ORIGINAL): Original(path, NETWORKS[name]) for name, path in found.items()}
    programs = {(name, row): api.compile(form) for name, of in forms.items() for row, form in of.items()}
    systems |= {key: program.denoise for key, program in programs.items()}
    with tempfile.TemporaryDirectory() as folder:
        build_folder(split, corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")
        pairs = pairs[:: max(1, len(pairs) // files)][:files]
        scored = list(compare(pairs, {("", "noisy"): np.asarray, **systems}, jobs))
    scores = {
        key: {m: np.array([asdict(file[key])[m] for file in scored]) for m in MEASURES} for key in scored[0]
    }
    results = {
        "noisy": {m: float(np.nanmean(of)) for m, of in scores["", "noisy"].items()},
        "networks": {
            name: {
                row: _summary(scores, name, row) | _bytes(programs.get((name, row)))
                for row in (ORIGINAL, *SCHEMES)
            }
            for name in found
        },
    }
    settings = {
        "split": split,
        "files": len(pairs),
        "networks": {name: NETWORKS[name] for name in found},
        "schemes": SCHEMES,
        "calibration_clips": CLIPS,
        "sha256": {name: forms[name]["fp32"].provenance["import"]["sha256"] for name in found},
    }
    train = [manifest_data(corpus / kind, split="train") for kind in ("speech", "noise")]
    data = [*mixture_data(split, corpus), *train]
    result = Result(
        "import_quality", settings, results, data=data, packages=("onnxruntime", "pesq", "pystoi")
    )
    conclude(result, tables.import_quality.tables(results, settings), record, json_)


def _forms(path: Path, front_end: str, corpus: Path) -> dict[str, api.QuantizedModel]:
    """An imported network in each scheme."""
    model = api.import_network(path, front_end=front_end)
    clips = calibration_clips(model.graph, corpus, "train", CLIPS)
    return {scheme: api.quantize(model, scheme, clips) for scheme in SCHEMES}


def _bytes(program: object) -> dict[str, int]:
    return {} if program is None else {"weight_bytes": program.summary["weight_bytes"]}


def _summary(scores, name: str, row: str) -> dict:
    own = scores[name, row]
    against = {ORIGINAL: ORIGINAL, "fp32": ORIGINAL}.get(row, "fp32")
    reference = scores[name, against]
    return {
        **{m: float(np.nanmean(own[m])) for m in MEASURES},
        "pesq_lost": mean_interval(reference["pesq_wb"] - own["pesq_wb"]),
    }


if __name__ == "__main__":
    typer.run(main)
