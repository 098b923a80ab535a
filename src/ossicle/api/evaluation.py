"""What a suppressor makes of recordings, in scores."""

from collections.abc import Callable
from pathlib import Path

from ossicle.api.programs import compile_as
from ossicle.graph.model import Model
from ossicle.graph.task import need_task
from ossicle.measure import quality
from ossicle.scale import on_cluster
from ossicle.tasks.suppression.program import SuppressorProgram
from ossicle.tasks.suppression.settings import Suppression


def evaluate(
    model: Model,
    noisy: str | Path,
    clean: str | Path,
    jobs: int = -1,
    cluster: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> quality.Evaluation:
    """Score a suppressor by PESQ-WB, STOI and SI-SDR over pairs of recordings of one name in two folders.

    ``jobs`` counts processes, -1 for all cores; ``cluster`` is ``"ray"`` to send the work there. ``progress``
    is told how many of how many recordings are done. Needs the packages of ``ossicle[metrics]``.
    """
    need_task(model, Suppression.name)
    pairs = quality.find_pairs(noisy, clean)
    program = compile_as(SuppressorProgram, model)
    with on_cluster(cluster):
        return quality.evaluate_all(pairs, program, jobs, progress)
