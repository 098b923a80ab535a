"""What a model loses where each of its nodes alone is quantized: output error, and PESQ.

    pip install -e '.[metrics,train]'
    python benchmarks/account.py --corpus CORPUS --record --plot docs/pictures/account.svg

The error is over mixtures of the training split (ossicle.measure.quantization_error), the PESQ over fixed
validation mixtures, as compiled C, against fp32.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import tables.account
import typer
from calibration import calibration_clips
from make_mixtures import build_folder
from record import JsonOption, RecordOption, Result, conclude, manifest_data, mixture_data

from ossicle import api
from ossicle.measure.quality import compare, find_pairs
from ossicle.measure.quantization_error import report_errors
from ossicle.measure.sensitivity import SensitivityContext
from ossicle.quantization.schemes import scheme_precisions
from ossicle.quantization.search import all_in_fp32_but
from ossicle.report.quantization_pictures import draw_quantization_error

CLIPS = 12
SPLIT = "val"


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    model: Annotated[str, typer.Option(help="A model of the zoo, or the path of a file.")] = "gru256",
    scheme: Annotated[str, typer.Option(help="Scheme of each node when it is quantized.")] = "int8",
    plot: Annotated[Path | None, typer.Option(help="Picture to draw: .png or .svg.")] = None,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print both losses of each node."""
    loaded = api.load(model)
    clips = calibration_clips(loaded.graph, corpus, "train", CLIPS)
    precisions = scheme_precisions(loaded.graph, scheme)
    report = report_errors(SensitivityContext.of(loaded.graph, clips), precisions, clips)
    if plot:
        draw_quantization_error(plot, report, f"{loaded.graph.name} in {scheme}")
    forms = {node: all_in_fp32_but(loaded.graph, node, of) for node, of in precisions.items()}
    systems = {node: api.compile(api.quantize(loaded, of, clips)).denoise for node, of in forms.items()}
    systems[""] = api.compile(api.quantize(loaded, "fp32")).denoise
    with tempfile.TemporaryDirectory() as folder:
        build_folder(SPLIT, corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")
        files = list(compare(pairs, systems))
    pesq = {name: float(np.nanmean([file[name].pesq_wb for file in files])) for name in systems}
    results = {
        "nodes": [
            {"node": n.node, "error_db": n.error_db, "pesq_lost": pesq[""] - pesq[n.node]}
            for n in report.nodes
        ]
    }
    settings = {"model": model, "scheme": scheme, "files": len(pairs), "split": SPLIT, "clips": CLIPS}
    train = [manifest_data(corpus / kind, split="train") for kind in ("speech", "noise")]
    found = Result("account", settings, results, [model], [*mixture_data(SPLIT, corpus), *train], ("pesq",))
    conclude(found, tables.account.tables(results, settings), record, json_)


if __name__ == "__main__":
    typer.run(main)
