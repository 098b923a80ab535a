"""The PESQ that forms of a suppressor lose to the one in fp32."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ossicle.api.programs import compile_as
from ossicle.api.progress import Progress
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.measure import quality
from ossicle.quantization import quantize
from ossicle.tasks.suppression.program import SuppressorProgram
from ossicle.tasks.suppression.settings import Suppression


def pesq_lost(
    model: Model,
    forms: Mapping[str, Model],
    noisy: str | Path | None,
    clean: str | Path | None,
    jobs: int,
    progress: Progress,
) -> dict[str, float]:
    """Mean PESQ that each form of a float model loses to fp32 over pairs of recordings; empty without any.

    ``noisy`` and ``clean`` are folders of recordings of the same names.
    """
    if noisy is None and clean is None:
        return {}
    if noisy is None or clean is None:
        raise OssicleError("PESQ compares pairs of recordings: give both folders, --noisy and --clean")
    if not isinstance(model.graph.task, Suppression):
        kind = model.graph.task.record.description
        raise OssicleError(
            f"{model.graph.name} is a {kind}, which has no PESQ; leave out --noisy and --clean"
        )
    pairs = quality.find_pairs(noisy, clean)
    fp32 = replace(model, graph=quantize(model.graph, "fp32", model.calibration))
    means = []
    for done, form in enumerate((fp32, *forms.values())):
        progress("listening", done, 1 + len(forms))
        files = list(quality.evaluate(pairs, compile_as(SuppressorProgram, form), jobs))
        means.append(quality.mean_scores([file.enhanced for file in files]).pesq_wb)
    return {name: means[0] - mean for name, mean in zip(forms, means[1:], strict=True)}
