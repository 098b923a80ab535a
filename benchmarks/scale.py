"""The same evaluation in one process, on all cores and on a local Ray cluster: are the results the same bits?

    pip install -e '.[metrics,cluster]'
    python benchmarks/scale.py gru256 --corpus CORPUS

Scores the validation mixtures before and after a model in `mixed`. Each way runs twice, in turn; the second
run, with its processes warm, is timed.
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from make_mixtures import build_folder

from ossicle import api
from ossicle.cli.app import print_json, print_table
from ossicle.measure.quality import compare, find_pairs
from ossicle.scale import on_cluster

WAYS: Mapping[str, tuple[int, str | None]] = {
    "one process": (1, None),
    "all cores": (-1, None),
    "Ray, this computer": (-1, "ray"),
}


def main(
    model: Annotated[str, typer.Argument(help="A model of the zoo, or the path of a .ossicle file.")],
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Print seconds and speed-up of each way, and whether its scores are those of one process."""
    program = api.compile(api.quantize(api.load(model), "mixed"))
    systems = {"noisy": np.asarray, "enhanced": program.denoise}
    seconds, scores = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        build_folder("val", corpus, Path(folder))
        pairs = find_pairs(Path(folder) / "noisy", Path(folder) / "clean")
        for _ in range(2):
            for way, (jobs, cluster) in WAYS.items():
                with on_cluster(cluster):
                    begun = time.perf_counter()
                    scores[way] = list(compare(pairs, systems, jobs))
                    seconds[way] = time.perf_counter() - begun
    results = {
        way: {
            "seconds": seconds[way],
            "speed_up": seconds["one process"] / seconds[way],
            # Text has all digits of a float, and a NaN that equals itself.
            "same_bits": repr(scores[way]) == repr(scores["one process"]),
        }
        for way in WAYS
    }
    if json_:
        print_json({"model": model, "files": len(pairs), "ways": results})
        return
    rows = [
        [way, f"{r['seconds']:.1f}", f"{r['speed_up']:.2f}", "yes" if r["same_bits"] else "no"]
        for way, r in results.items()
    ]
    print_table(["", "seconds", "speed-up", "same bits"], rows, f"{model} on {len(pairs)} mixtures")


if __name__ == "__main__":
    typer.run(main)
