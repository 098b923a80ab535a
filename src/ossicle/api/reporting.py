"""A model's report: what each scheme costs and keeps on each target."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ossicle.api.changed import read_clips
from ossicle.api.evaluation import evaluate
from ossicle.api.model_files import load
from ossicle.api.precisions import node_precisions
from ossicle.api.programs import compile_as
from ossicle.api.progress import Progress, no_progress
from ossicle.api.quantization import quantize
from ossicle.audio.pcm import as_float
from ossicle.audio.sound import sound_to_run
from ossicle.errors import OssicleError
from ossicle.files import plain, replacing
from ossicle.graph.model import Model
from ossicle.measure.quality import find_pairs
from ossicle.measure.quantization_error import node_errors
from ossicle.measure.sensitivity import OutputError, SensitivityContext
from ossicle.platforms.platform import lacking, platform_of
from ossicle.quantization import SCHEMES, Ranges
from ossicle.report.figure import check_matplotlib
from ossicle.report.model_report import Choice, Quality, Recording, recommend
from ossicle.report.model_report import ModelReport as ModelReport
from ossicle.report.page import planned, render_page
from ossicle.report.trace_events import trace_events
from ossicle.targets import Target, load_target
from ossicle.tasks.suppression.program import SuppressorProgram
from ossicle.tasks.suppression.settings import Suppression
from ossicle.zoo import model_path

TARGETS = ("host", "stm32h743", "gap9")
REPORTED = ("fp16", "w16a16", "w8a16", "mixed", "w4a16", "int8")
HEARD_FILES = 4
"""Recordings that the output's error is measured on, of those that are given."""
HEARD_S = 5.0
"""Seconds to listen to."""


def report_on(
    model: str | Path,
    targets: Sequence[str] = TARGETS,
    schemes: Sequence[str] = REPORTED,
    noisy: str | Path | None = None,
    clean: str | Path | None = None,
    jobs: int = -1,
    progress: Progress = no_progress,
) -> ModelReport:
    """Measure a float model in schemes, and estimate it on targets, so that one can choose.

    ``noisy`` and ``clean`` are folders of recordings of the same names: the output's error is measured on a
    few of the noisy ones, else on the example of the task, and a suppressor is scored on all of them.
    ``jobs`` counts processes for that, -1 for all cores; ``progress`` is told what is done.
    """
    loaded, chosen = load(model), [load_target(target) for target in targets]
    _check(loaded, chosen, schemes)
    if (noisy is None) != (clean is None):
        raise OssicleError("noisy recordings and clean ones belong together; give both folders")
    graph = loaded.graph
    pairs = find_pairs(noisy, clean) if noisy and clean else []
    clips, _ = read_clips(loaded, [pair.noisy for pair in pairs[:HEARD_FILES]])
    heard = clips or [graph.task.record.example(graph, loaded.calibration.spans)]
    context = SensitivityContext(graph, loaded.calibration, Ranges(), OutputError(graph, heard))
    steps = len(schemes) * (1 + len(chosen)) + 1
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        progress("measuring and estimating", done, steps)

    models: dict[str, Model] = {}
    qualities: dict[str, Quality] = {}
    for scheme in schemes:
        models[scheme] = quantize(loaded, scheme)
        qualities[scheme] = _quality(models[scheme], context, noisy, clean, jobs)
        advance()
    choices = []
    for target in chosen:
        for scheme in schemes:
            choices.append(_choice(models[scheme], scheme, qualities[scheme], target))
            advance()
    best = _most_wanted(choices, [target.name for target in chosen]).scheme
    precisions = node_precisions(graph, best, {}, loaded.calibration)
    result = ModelReport(
        model=graph.name,
        description=graph.task.record.description,
        parameters=graph.parameters,
        macs_per_frame=graph.macs,
        frame_ms=graph.task.frame_ms,
        measured_on="recordings" if clips else graph.task.record.example_text,
        choices=tuple(choices),
        sensitivity_scheme=best,
        sensitivity=tuple(node_errors(context, precisions)),
        recordings=_recordings(models[best], best, pairs[0].noisy if pairs else None),
        provenance=loaded.provenance,
        sha256=hashlib.sha256(Path(model_path(model)).read_bytes()).hexdigest(),
        version=version("ossicle"),
    )
    advance()
    return result


def check_page(page: Path) -> None:
    """Raise :class:`OssicleError` where no page can be written, before anything is measured for it."""
    if page.suffix != ".html" or page.is_dir():
        raise OssicleError(f"cannot write a report to {page}; name a file that ends in .html")
    if not page.parent.is_dir():
        raise OssicleError(f"there is no folder {page.parent} for the report; make it, or choose another")
    check_matplotlib()


def write_report(found: ModelReport, out: str | Path) -> list[Path]:
    """Write the page, the same as JSON beside it, and a trace for each cluster; returns their paths."""
    page = Path(out)
    check_page(page)
    texts = {page: render_page(found), page.with_suffix(".json"): _json(found.as_dict())}
    for choice in planned(found):
        assert choice.cost
        trace = trace_events(choice.cost.lanes, choice.cost.hertz, f"{found.model} {choice.scheme}")
        texts[page.with_suffix(f".{choice.target}.trace.json")] = _json(trace)
    for path, text in texts.items():
        with replacing(path) as partial:
            partial.write_text(text, "utf-8")
    return list(texts)


def _check(model: Model, targets: Sequence[Target], schemes: Sequence[str]) -> None:
    """Raise where there is nothing to compare."""
    if model.graph.quantized or not model.calibration.spans:
        raise OssicleError(
            f"{model.graph.name} is quantized or was never calibrated, so that schemes cannot be compared; "
            "report on the float model that it was made of"
        )
    if not targets or not schemes:
        raise OssicleError("a report needs at least one target and one scheme")
    for scheme in schemes:
        if scheme not in SCHEMES:
            raise OssicleError(f"there is no scheme {scheme!r}; choose of {', '.join(SCHEMES)}")
    for target in targets:
        if platform_of(target).frame_cost is None:
            raise lacking("a report", target, lambda other: other.frame_cost)


def _most_wanted(choices: Sequence[Choice], targets: Sequence[str]) -> Choice:
    """What is recommended on the first target that has something to recommend, or else the first of all."""
    of_targets = ([choice for choice in choices if choice.target == name] for name in targets)
    return next(filter(None, map(recommend, of_targets)), choices[0])


def _quality(
    model: Model, context: SensitivityContext, noisy: str | Path | None, clean: str | Path | None, jobs: int
) -> Quality:
    sqnr = context.error.sqnr_db(model.graph)
    if not (noisy and clean and model.graph.task.name == Suppression.name):
        return Quality(sqnr)
    return Quality(sqnr, **asdict(evaluate(model, noisy, clean, jobs).enhanced))


def _choice(model: Model, scheme: str, quality: Quality, target: Target) -> Choice:
    measure = platform_of(target).frame_cost
    assert measure
    try:
        cost, refusal = measure(model.graph, target), ""
    except OssicleError as error:
        cost, refusal = None, str(error)
    return Choice(target.name, scheme, quality, cost, model.graph.task.frame_ms, refusal)


def _recordings(model: Model, scheme: str, file: Path | None) -> tuple[Recording, ...]:
    """What goes into a suppressor, and what comes out; nothing for other tasks."""
    if model.graph.task.name != Suppression.name:
        return ()
    program = compile_as(SuppressorProgram, model)
    before = as_float(sound_to_run(file, program.sample_rate, HEARD_S).samples)
    after = program.denoise(np.ascontiguousarray(before, np.float32))
    name = file.name if file else "a synthetic voice in noise"
    return (
        Recording(f"Before: {name}", before, program.sample_rate),
        Recording(f"After, in {scheme}", after, program.sample_rate),
    )


def _json(data: Mapping[str, object]) -> str:
    return json.dumps(plain(data), indent=2) + "\n"
