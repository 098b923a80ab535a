"""Verbs that choose how a model is stored and computed, and say what that costs."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ossicle import api
from ossicle.cache import cache_folder
from ossicle.cli.app import (
    JobsOption,
    JsonOption,
    ModelArgument,
    Scheme,
    SchemeOption,
    errors,
    print_json,
    print_table,
    progress_bar,
    verb,
)
from ossicle.emit.sizes import weight_bytes
from ossicle.errors import OssicleError
from ossicle.graph import Graph, Suppression
from ossicle.graph.file import Model, save_model
from ossicle.graph.operator import OPS
from ossicle.quantize import SCHEMES, Ranges
from ossicle.quantize.listen import network_inputs, read_recordings
from ossicle.quantize.schemes import scheme_precisions
from ossicle.quantize.search import Assignment

AnyScheme = StrEnum("AnyScheme", [*SCHEMES, "auto"])
CalibrationOption = Annotated[
    list[Path] | None, typer.Option(help="Noisy recordings; the model's own calibration by default.")
]
PlotOption = Annotated[Path | None, typer.Option(help="Picture to draw: .png, .svg or .pdf.")]
NoisyOption = Annotated[Path | None, typer.Option(help="Folder of noisy recordings, to measure PESQ on.")]
CleanOption = Annotated[Path | None, typer.Option(help="Folder of the clean ones, of the same names.")]
RangeOption = Annotated[str, typer.Option(help="With --calibration: minmax, std3, percentile or mse.")]
VOICE_S = 4.0


@verb
def quantize(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Model file to write.")],
    scheme: Annotated[
        AnyScheme, typer.Option(help="Precision of the network; auto searches it.")
    ] = AnyScheme.mixed,
    precision: Annotated[
        list[str] | None, typer.Option(help="NODE=PRECISION, over the scheme; rnn0=w4a16+w8a16, say.")
    ] = None,
    calibration: CalibrationOption = None,
    max_bytes: Annotated[
        int | None, typer.Option(min=1, help="For auto: most bytes of weights; those of mixed by default.")
    ] = None,
    max_ms: Annotated[
        float | None,
        typer.Option(min=0.001, help="For auto: most milliseconds of a hop on --target, estimated."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="For --max-ms: the chip, such as stm32f767.")] = None,
    plot: PlotOption = None,
    noisy: NoisyOption = None,
    clean: CleanOption = None,
    dense_range: RangeOption = Ranges.dense,
    rnn_input_range: RangeOption = Ranges.rnn_input,
    rnn_state_range: RangeOption = Ranges.rnn_state,
    jobs: JobsOption = -1,
    json_: JsonOption = False,
) -> None:
    """Quantize a model and write it to a file, which all other verbs take.

    Ranges and rounding follow the calibration that the model brings, or one on recordings; 20 seconds are
    enough. With recordings, the ranges of the int8 activations can be chosen: those of dense layers, and of
    input and state of recurrent layers. The scheme auto measures what each precision of each node loses on
    the recordings and picks those that lose least within --max-bytes and --max-ms; --plot shows all sizes.
    What the result loses is said as the signal to quantization noise of its output, on the recordings or else
    on a synthetic voice in noise; with pairs of recordings, also as PESQ.

    Example: ossicle quantize gru256 --scheme auto --max-bytes 700000 --calibration noisy.wav -o small.ossicle
    """
    loaded = api.load(model)
    ranges = Ranges(dense_range, rnn_input_range, rnn_state_range)
    clips = _clips(loaded, calibration)
    if scheme == AnyScheme.auto:
        if clips is None:
            raise OssicleError(
                "the scheme auto needs --calibration, a few seconds of noisy speech to judge by"
            )
        budget = max_bytes or weight_bytes(api.quantize(loaded, "mixed").graph)
        priced = _price(loaded, target, max_ms)
        precisions = _search(loaded, clips, ranges, budget, priced, jobs, plot).precisions
    elif max_bytes or max_ms or target or plot:
        raise OssicleError("--max-bytes, --max-ms, --target and --plot belong to the scheme auto")
    else:
        precisions = scheme_precisions(loaded.graph, scheme)
    precisions = precisions | _overrides(loaded.graph, precision or [])
    quantized = api.quantize(loaded, precisions, clips, ranges)
    how = {"precisions": precisions, "calibration": [path.name for path in calibration or []]}
    save_model(replace(quantized, provenance={**loaded.provenance, "quantization": how}), out)
    lost = _pesq_lost(loaded, {"": quantized}, noisy, clean, jobs).get("")
    sqnr, heard = _output_sqnr(loaded.graph, quantized.graph, clips)
    sizes = [weight_bytes(api.quantize(loaded, "fp16").graph), weight_bytes(quantized.graph)]
    if json_:
        output = {"sqnr_db": sqnr if np.isfinite(sqnr) else None, "on": heard}
        sums = {"weight_bytes": sizes[1], "precisions": precisions, "output": output, "pesq_lost": lost}
        print_json({"model": str(out), **sums})
        return
    print_table(["node", "precision"], [[name, of] for name, of in precisions.items()], loaded.graph.name)
    print(f"{out}: {sizes[1]:,} bytes of weights; fp16 takes {sizes[0] / sizes[1]:.2f} times as many")
    noise = f"{sqnr:.1f} dB" if np.isfinite(sqnr) else "no error"
    print(f"signal to quantization noise of the output, on {heard}: {noise}")
    if lost is not None:
        print(f"PESQ lost to fp32: {lost:.3f}")


@verb
def account(
    model: ModelArgument,
    calibration: Annotated[list[Path], typer.Option(help="Noisy recordings to measure on.")],
    scheme: SchemeOption = Scheme.mixed,
    precision: Annotated[list[str] | None, typer.Option(help="NODE=PRECISION, over the scheme.")] = None,
    noisy: NoisyOption = None,
    clean: CleanOption = None,
    plot: PlotOption = None,
    jobs: JobsOption = -1,
    json_: JsonOption = False,
) -> None:
    """Say where quantization loses what: tensor by tensor, weight by weight, node by node.

    Each node is also quantized alone. With pairs of recordings, the PESQ that it costs is measured.

    Example: ossicle account gru256 --scheme int8 --calibration noisy.wav --plot account.svg
    """
    from ossicle.measure.quantization_error import node_errors, tensor_errors, weight_errors
    from ossicle.measure.sensitivity import SensitivityContext
    from ossicle.quantize.search import alone
    from ossicle.report.quantization_pictures import draw_quantization_error

    loaded = api.load(model)
    precisions = scheme_precisions(loaded.graph, scheme) | _overrides(loaded.graph, precision or [])
    clips = _clips(loaded, calibration)
    context = SensitivityContext.of(loaded.graph, clips)
    quantized = context.quantize(precisions)
    with progress_bar() as bar:
        bar.add_task("running the network", total=None)
        tensors = tensor_errors(loaded.graph, quantized, clips)
        weights = weight_errors(loaded.graph, quantized)
        nodes = node_errors(context, precisions)
    forms = {
        node: replace(loaded, graph=context.quantize(alone(loaded.graph, node, of)))
        for node, of in precisions.items()
    }
    costs = _pesq_lost(loaded, forms, noisy, clean, jobs)
    if plot:
        draw_quantization_error(plot, tensors, weights, nodes, f"{loaded.graph.name} in {scheme}")
    if json_:
        rows = {"tensors": tensors, "weights": weights, "nodes": nodes}
        print_json({kind: [asdict(row) for row in of] for kind, of in rows.items()} | {"pesq_lost": costs})
        return
    print_table(
        ["tensor", "type", "SQNR dB", "clipped", "bits used"],
        [
            [t.tensor, t.dtype, f"{t.sqnr_db:.1f}", f"{t.clipped:.3%}", _number(t.bits_used, ".1f")]
            for t in tensors
        ],
        f"{loaded.graph.name} in {scheme}, against float",
    )
    print_table(
        ["weight", "precision", "SQNR dB"],
        [[w.weight, w.precision, _number(w.sqnr_db, ".1f")] for w in weights],
    )
    print_table(
        ["node alone", "precision", "error, dB", "PESQ lost"],
        [
            [n.node, n.precision, _number(n.error_db, ".1f"), _number(costs.get(n.node, np.nan), ".3f")]
            for n in nodes
        ],
    )


def _clips(model: Model, files: list[Path] | None) -> list[np.ndarray] | None:
    """What the network hears of recordings, their flaws said on standard error."""
    if not files:
        return None
    recordings = read_recordings(files, model.graph.task, model.calibration.spans, model.graph.input)
    for warning in recordings.warnings:
        errors.print(f"ossicle: {warning}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    return recordings.clips


def _price(
    model: Model, target: str | None, max_ms: float | None
) -> tuple[Mapping[tuple[str, str], float] | None, float | None]:
    """Cycles of each precision of each node on a chip, and how many the budget leaves for all of them."""
    if (target is None) != (max_ms is None):
        raise OssicleError("--max-ms needs the --target whose milliseconds it means, and --target needs it")
    if target is None:
        return None, None
    from ossicle.cost.cost_table import PRECISIONS, cost_table
    from ossicle.targets import load_target

    chip = load_target(target)
    with progress_bar() as bar:
        task = bar.add_task(f"counting cycles on {target}", total=len(PRECISIONS))
        found = cost_table(model.graph, model.calibration, chip, lambda: bar.advance(task))
    left = max_ms * 1e-3 * chip.chip.clock_hz - found.fixed
    if left <= 0:
        raise OssicleError(
            f"{max_ms:g} ms are not enough on {target}: transforms, features and conversions alone take "
            f"{1e3 * found.fixed / chip.chip.clock_hz:.2f} ms"
        )
    return found.nodes, left


def _search(
    model: Model,
    clips: list[np.ndarray],
    ranges: Ranges,
    max_bytes: int,
    priced: tuple[Mapping[tuple[str, str], float] | None, float | None],
    jobs: int,
    plot: Path | None,
) -> Assignment:
    if not find_spec("scipy"):
        raise OssicleError("the scheme auto needs scipy; pip install 'ossicle[metrics]'")
    from ossicle.measure.sensitivity import SensitivityContext, sensitivities
    from ossicle.quantize.search import choose, front, options, probes
    from ossicle.report.quantization_pictures import draw_front

    context = SensitivityContext.of(model.graph, clips, ranges)
    with progress_bar() as bar:
        task = bar.add_task("measuring each precision", total=len(probes(model.graph)))
        losses = sensitivities(context, cache_folder() / "losses", jobs, lambda: bar.advance(task))
    cycles, max_cycles = priced
    found = options(model.graph, losses, cycles)
    chosen = choose(found, max_bytes, max_cycles)
    if plot:
        draw_front(plot, front(found), chosen, f"{model.graph.name}: error by size")
    return chosen


def _output_sqnr(graph: Graph, quantized: Graph, clips: list[np.ndarray] | None) -> tuple[float, str]:
    """What the output of a quantized network loses, in dB, and on what it was measured."""
    from ossicle.audio.sound import synthetic_voice
    from ossicle.measure.sensitivity import OutputError

    heard = "the recordings"
    if clips is None:
        voice = synthetic_voice(graph.task.sample_rate, VOICE_S) / np.float32(32768)
        clips, heard = [network_inputs(voice, graph.task)], "a synthetic voice in noise"
    return OutputError(graph, clips).sqnr_db(quantized), heard


def _pesq_lost(
    model: Model,
    cases: Mapping[str, Model],
    noisy: Path | None,
    clean: Path | None,
    jobs: int,
) -> dict[str, float]:
    """Mean PESQ that each form of a model loses to fp32; nothing without recordings."""
    if not (noisy and clean):
        return {}
    if not isinstance(model.graph.task, Suppression):
        raise OssicleError(f"{model.graph.name} is no suppressor: --noisy and --clean measure PESQ")
    from ossicle.measure import quality

    pairs = quality.find_pairs(noisy, clean)
    forms = {"fp32": api.quantize(model, "fp32"), **cases}
    means = {}
    with progress_bar() as bar:
        for name, form in bar.track(forms.items(), description="listening"):
            files = list(quality.evaluate(pairs, api.compile(form), jobs))
            means[name] = quality.mean_scores([file.enhanced for file in files]).pesq_wb
    return {name: means["fp32"] - means[name] for name in cases}


def _number(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else ""


def _overrides(graph: Graph, texts: list[str]) -> dict[str, str]:
    nodes = [node.name for node in graph.nodes if OPS[node.op].matrices]
    pairs = {}
    for text in texts:
        name, _, precision = text.partition("=")
        if name not in nodes or not precision:
            raise OssicleError(f"{text!r} is not NODE=PRECISION; the nodes are {', '.join(nodes)}")
        pairs[name] = precision
    return pairs
