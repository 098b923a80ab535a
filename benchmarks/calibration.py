"""How much calibration is enough, and how to use it: the output error on mixtures that it did not see.

    pip install -e '.[train]'
    python benchmarks/calibration.py lstm256 --corpus CORPUS --record

Calibration takes mixtures of 3 s of the training split; the error, in dB below the masked spectra of the
float network, is measured on 16 of the validation split (ossicle.measure.sensitivity.OutputError).
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import tables.calibration
import typer
from record import JsonOption, RecordOption, Result, conclude, manifest_data

from ossicle import api
from ossicle.data.corpus import load_corpus
from ossicle.data.mixing import MixConfig, draw_mixture
from ossicle.graph import Graph
from ossicle.measure.sensitivity import OutputError, SensitivityContext
from ossicle.quantization import RULES, Ranges
from ossicle.quantization.schemes import scheme_precisions
from ossicle.tasks.audio import audio_task
from ossicle.train.examples import decode_sources

COUNTS = (1, 2, 4, 8, 16, 32)
SCHEMES = ("int8", "mixed", "w8a16", "w4a16")
JUDGES = 16
RULE_CLIPS = 8
KNOBS = ("dense", "rnn_input", "rnn_state")


def main(
    model: Annotated[str, typer.Argument(help="A model of the zoo, or the path of a .ossicle file.")],
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print the error by number of clips, by rounding, and by the rule of each knob."""
    graph = api.load(model).graph
    clips = calibration_clips(graph, corpus, "train", max(COUNTS))
    error = OutputError(graph, calibration_clips(graph, corpus, "val", JUDGES))
    by_count = {
        count: {
            scheme: _error_db(error, SensitivityContext.of(graph, clips[:count]), scheme)
            for scheme in SCHEMES
        }
        for count in COUNTS
    }
    by_rule = {
        knob: {
            rule: _error_db(
                error, SensitivityContext.of(graph, clips[:RULE_CLIPS], Ranges(**{knob: rule})), "int8"
            )
            for rule in RULES
        }
        for knob in KNOBS
    }
    context = SensitivityContext.of(graph, clips[:RULE_CLIPS])
    nearest = replace(context, calibration=context.calibration.without_moments())
    by_rounding = {
        name: {scheme: _error_db(error, of, scheme) for scheme in SCHEMES}
        for name, of in (("to the nearest", nearest), ("to fit, biases corrected", context))
    }
    results = {"clips": by_count, "rules": by_rule, "rounding": by_rounding}
    settings = {
        "model": model,
        "counts": COUNTS,
        "schemes": SCHEMES,
        "knobs": KNOBS,
        "rules": list(RULES),
        "rounding": list(by_rounding),
        "clips_of_rules": RULE_CLIPS,
        "judges": JUDGES,
    }
    data = [manifest_data(corpus / kind, split=of) for kind in ("speech", "noise") for of in ("train", "val")]
    found = Result("calibration", settings, results, [model], data)
    conclude(found, tables.calibration.tables(results, settings), record, json_)


def calibration_clips(graph: Graph, corpus: Path, split: str, count: int) -> list[np.ndarray]:
    """What a network hears of mixtures of a split."""
    task = audio_task(graph)
    sources = decode_sources(load_corpus(corpus), split, task.sample_rate)
    rng = np.random.default_rng(7)
    mixtures = (draw_mixture(rng, sources, MixConfig(), task.sample_rate)[0] for _ in range(count))
    return [task.hear(mixture) for mixture in mixtures]


def _error_db(error: OutputError, context: SensitivityContext, scheme: str) -> float:
    return float(10 * np.log10(error(context.quantize(scheme_precisions(context.graph, scheme)))))


if __name__ == "__main__":
    typer.run(main)
