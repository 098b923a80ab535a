"""Does the output error, by which precisions are searched, follow the PESQ that they cost?

    pip install -e '.[metrics,train]'
    python benchmarks/sensitivity.py lstm256 --corpus CORPUS --files 64 --record

Assignments from the smallest size to that of least error, and int8 with good ranges and bad ones, are judged
twice: by the error that they make as a whole on 12 mixtures of the training split, beside the one that the
search expects (the sum over the nodes, each alone); and by PESQ lost to fp32 on validation mixtures, as
compiled C. With ``--plot docs/pictures/front.svg``, the least error that the search expects of each size is
drawn.
"""

import math
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tables.sensitivity
import typer
from calibration import calibration_clips
from make_mixtures import build_folder
from record import JsonOption, RecordOption, Result, conclude, manifest_data, mixture_data
from scipy.stats import spearmanr

from ossicle import api
from ossicle.cache import cache_folder
from ossicle.measure.quality import compare, find_pairs
from ossicle.measure.sensitivity import SensitivityContext, sensitivities
from ossicle.quantization import Ranges, bytes_in
from ossicle.quantization.schemes import scheme_precisions
from ossicle.quantization.search import candidates_of, choose, front
from ossicle.report.quantization_pictures import draw_front

CLIPS, POINTS = 12, 10
WORSE_RANGES: Mapping[str, Ranges] = {
    "int8, dense mse": Ranges(dense="mse"),
    "int8, dense minmax": Ranges(dense="minmax"),
    "int8, state std3": Ranges(rnn_state="std3"),
    "int8, input std3": Ranges(rnn_input="std3"),
    "int8, dense std3": Ranges(dense="std3"),
    "int8, all std3": Ranges("std3", "std3", "std3"),
}


@dataclass(frozen=True)
class Case:
    """An assignment and what it loses, by both judges."""

    name: str
    weight_bytes: int
    expected_db: float | None
    measured_db: float
    pesq_lost: float


def main(
    model: Annotated[str, typer.Argument(help="A model of the zoo, or the path of a .ossicle file.")],
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    files: Annotated[int, typer.Option(help="Validation mixtures to listen to.")] = 32,
    plot: Annotated[Path | None, typer.Option(help="Picture to draw: .png or .svg.")] = None,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print both losses of each assignment, and their rank correlation."""
    loaded = api.load(model)
    clips = calibration_clips(loaded.graph, corpus, "train", CLIPS)
    context = SensitivityContext.of(loaded.graph, clips)
    losses = sensitivities(context, cache_folder() / "losses")
    int8 = scheme_precisions(loaded.graph, "int8")
    candidates = candidates_of(loaded.graph, losses)
    if plot:
        chosen = choose(candidates, max_bytes=bytes_in(loaded.graph, "mixed"))
        draw_front(plot, front(candidates), chosen, f"{loaded.graph.name}: error by size")
    forms = {str(a.bytes): (a.precisions, Ranges()) for a in front(candidates, POINTS)}
    forms |= {"int8": (int8, Ranges())} | {name: (int8, ranges) for name, ranges in WORSE_RANGES.items()}
    models = {
        name: api.quantize(loaded, precisions, clips, ranges) for name, (precisions, ranges) in forms.items()
    }
    programs = {name: api.compile(model) for name, model in models.items()}
    systems = {name: program.denoise for name, program in programs.items()}
    systems["fp32"] = api.compile(api.quantize(loaded, "fp32")).denoise
    with tempfile.TemporaryDirectory() as folder:
        build_folder("val", corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")[:files]
        scores = list(compare(pairs, systems))
    pesq = {name: np.nanmean([file[name].pesq_wb for file in scores]) for name in systems}
    cases = [
        Case(
            name,
            programs[name].summary["weight_bytes"],
            # The search knows the default ranges alone.
            _db(sum(losses[item] for item in precisions.items())) if ranges == Ranges() else None,
            _db(context.error(models[name].graph)),
            float(pesq["fp32"] - pesq[name]),
        )
        for name, (precisions, ranges) in forms.items()
    ]
    rank = float(spearmanr([c.measured_db for c in cases], [c.pesq_lost for c in cases]).statistic)
    results = {"rank": rank, "cases": [asdict(case) for case in cases]}
    settings = {"model": model, "files": len(pairs), "split": "val", "clips": CLIPS}
    train = [manifest_data(corpus / kind, split="train") for kind in ("speech", "noise")]
    data = [*mixture_data("val", corpus), *train]
    found = Result("sensitivity", settings, results, [model], data, ("pesq",))
    conclude(found, tables.sensitivity.tables(results, settings), record, json_)


def _db(power: float) -> float:
    return 10 * math.log10(power)


if __name__ == "__main__":
    typer.run(main)
