"""Verbs that choose how a model is stored and computed, and say what that costs."""

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ossicle import api
from ossicle.cli.app import (
    CalibrationOption,
    CleanOption,
    JobsOption,
    JsonOption,
    ModelArgument,
    NoisyOption,
    SchemeOption,
    print_json,
    print_lost,
    print_table,
    say,
    stage_progress,
    verb,
    warn,
)
from ossicle.errors import OssicleError
from ossicle.quantization import SCHEMES, Ranges
from ossicle.report.quantization_pictures import draw_front, draw_quantization_error
from ossicle.targets import load_target

if TYPE_CHECKING:
    AnyScheme = str
else:
    AnyScheme = StrEnum("AnyScheme", [*SCHEMES, api.AUTO])
PlotOption = Annotated[Path | None, typer.Option(help="Picture to draw: .png, .svg or .pdf.")]
RangeOption = Annotated[
    str, typer.Option(help="Range rule, with --calibration: minmax, std3, percentile or mse.")
]


@verb
def quantize(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Model file to write.")],
    scheme: Annotated[
        AnyScheme | None,
        typer.Option(
            help="Number formats; by default those of this computer: w8a16; auto searches the best."
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(help="NODE=PRECISION, instead of the scheme's; such as rnn0=w4a16+w8a16."),
    ] = None,
    calibration: CalibrationOption = None,
    max_bytes: Annotated[
        int | None, typer.Option(min=1, help="For auto: largest size of weights; that of mixed by default.")
    ] = None,
    max_ms: Annotated[
        float | None,
        typer.Option(min=0.001, help="For auto: longest time per frame on --target, estimated."),
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
    """Quantize a model and write it to a file, which all other commands accept.

    Ranges and rounding follow the calibration in the model's file, or your recordings; 20 seconds are enough.
    With recordings, you can choose the range rules of int8 activations: of dense layers, and of input and
    state of recurrent layers. The scheme auto measures what each precision of each layer loses on the
    recordings and chooses those of least output error within --max-bytes and --max-ms; --plot draws that
    error for all sizes. The result's is printed as SQNR of its output, on the recordings or on a synthetic
    voice in noise; with --noisy and --clean, also as PESQ.

    Example: ossicle quantize gru256 --scheme auto --max-bytes 700000 --calibration noisy.wav -o small.ossicle
    """
    if plot and scheme != api.AUTO:
        raise OssicleError("--plot shows the sizes that the scheme auto finds; give --scheme auto")
    with stage_progress() as progress:
        found = api.quantize(
            api.load(model),
            scheme,
            calibration,
            Ranges(dense_range, rnn_input_range, rnn_state_range),
            overrides=_overrides(precision),
            max_bytes=max_bytes,
            max_ms=max_ms,
            target=target,
            noisy=noisy,
            clean=clean,
            jobs=jobs,
            progress=progress,
        )
    for warning in found.warnings:
        warn(warning)
    if plot and found.search:
        draw_front(plot, found.search.front(), found.search.chosen, f"{found.graph.name}: error by size")
    api.save(found, out)
    if json_:
        print_json({"model": str(out)} | found.as_dict())
        return
    print_table(["node", "precision"], [list(pair) for pair in found.precisions.items()], found.graph.name)
    times = found.fp16_bytes / found.weight_bytes
    say(f"{out}: {found.weight_bytes:,} bytes of weights; fp16 takes {times:.2f} times as many")
    print_lost(found)


@verb
def account(
    model: ModelArgument,
    calibration: Annotated[list[Path], typer.Option(help="Noisy recordings to measure on.")],
    scheme: SchemeOption = None,
    precision: Annotated[
        list[str] | None, typer.Option(help="NODE=PRECISION, instead of the scheme's.")
    ] = None,
    noisy: NoisyOption = None,
    clean: CleanOption = None,
    plot: PlotOption = None,
    jobs: JobsOption = -1,
    json_: JsonOption = False,
) -> None:
    """Report what quantization loses in each tensor and weight, and what each node adds to the output error.

    For the latter, one node at a time is quantized and all others stay in float. With --noisy and --clean,
    the PESQ lost is measured in the same way.

    Example: ossicle account gru256 --scheme int8 --calibration noisy.wav --plot account.svg
    """
    loaded = api.load(model)
    with stage_progress() as progress:
        found = api.account(
            loaded,
            calibration,
            scheme,
            overrides=_overrides(precision),
            noisy=noisy,
            clean=clean,
            jobs=jobs,
            progress=progress,
        )
    for warning in found.warnings:
        warn(warning)
    title = f"{loaded.graph.name} in {scheme or load_target('host').scheme}"
    if plot:
        draw_quantization_error(plot, found, title)
    if json_:
        print_json(found.as_dict())
        return
    print_table(
        ["tensor", "type", "SQNR dB", "clamped", "bits used"],
        [
            [t.tensor, t.dtype, f"{t.sqnr_db:.1f}", f"{t.clipped:.3%}", _number(t.bits_used, ".1f")]
            for t in found.tensors
        ],
        f"{title}, against float",
    )
    print_table(
        ["weight", "precision", "SQNR dB"],
        [[w.weight, w.precision, _number(w.sqnr_db, ".1f")] for w in found.weights],
    )
    print_table(
        ["node alone", "precision", "output error, dB", "PESQ lost"],
        [
            [
                n.node,
                n.precision,
                _number(n.error_db, ".1f"),
                _number(found.pesq_lost.get(n.node, math.nan), ".3f"),
            ]
            for n in found.nodes
        ],
    )


def _number(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else ""


def _overrides(texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in texts or []:
        name, _, precision = text.partition("=")
        if not precision:
            raise OssicleError(f"{text!r} is not NODE=PRECISION, such as rnn0=w4a16+w8a8")
        pairs[name] = precision
    return pairs
