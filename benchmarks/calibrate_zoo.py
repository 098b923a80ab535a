"""Calibrate the models that ship anew, as training does, without a change of their weights.

    pip install -e '.[train]'
    python benchmarks/calibrate_zoo.py --corpus CORPUS

The header of each file says what it was calibrated on. Results and documents name the files by their
checksums: record the benchmarks again, and render the documents (make docs).
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.api.model_training import calibration_mixtures, calibration_words, describe_data, training_words
from ossicle.data.corpus import load_corpus
from ossicle.data.keywords import load_keywords
from ossicle.graph.file import save_model
from ossicle.graph.model import Model
from ossicle.quantization import calibrate
from ossicle.tasks.suppression.settings import Suppression
from ossicle.train.recipe import load_recipe
from ossicle.zoo import zoo_names, zoo_path


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with speech/ and noise/.")],
    model: Annotated[list[str] | None, typer.Option(help="Models; all of the zoo by default.")] = None,
) -> None:
    """Write the model files."""
    for name in model or zoo_names():
        before, path = api.load(name), zoo_path(name)
        save_model(calibrated(before, corpus), path)
        if not same_weights(before, api.load(name)):
            raise SystemExit(f"{name}: the weights changed")
        print(f"{name}: calibrated, weights as before, {path.stat().st_size:,} bytes")


def calibrated(model: Model, corpus: Path) -> Model:
    """A model of the zoo with a new calibration, by the recipe of its name."""
    graph, recipe = model.graph, load_recipe(model.graph.name)
    if isinstance(graph.task, Suppression):
        source = load_corpus(corpus)
        clips = calibration_mixtures(source, recipe, graph)
        data = {"speech": source.speech["train"], "noise": source.noise["train"]}
    else:
        source = load_keywords(corpus)
        clips = [calibration_words(source, recipe, graph.task.features)]
        data = training_words(source)
    seen = {"examples": len(clips) if len(clips) > 1 else len(clips[0]), "data": describe_data(data)}
    return replace(
        model,
        calibration=calibrate(graph, clips),
        provenance={**model.provenance, "calibration": seen},
    )


def same_weights(first: Model, second: Model) -> bool:
    """Whether all constants of two models are equal, bit for bit."""
    constants = [
        {
            (node.name, name): array.tobytes()
            for node in of.graph.nodes
            for name, array in node.constants.items()
        }
        for of in (first, second)
    ]
    return constants[0] == constants[1]


if __name__ == "__main__":
    typer.run(main)
