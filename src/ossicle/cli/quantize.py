"""The verb that chooses how a model is stored and computed."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.cli.app import JsonOption, ModelArgument, Scheme, errors, print_json, print_table, verb
from ossicle.emit.project import weight_bytes
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.file import save_model
from ossicle.graph.ops import OPS
from ossicle.quantize import Ranges
from ossicle.quantize.listen import read_recordings
from ossicle.quantize.schemes import scheme_precisions

RangeOption = Annotated[str, typer.Option(help="minmax, std3, percentile or mse.")]


@verb
def quantize(
    model: ModelArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Model file to write.")],
    scheme: Annotated[Scheme, typer.Option(help="Precision of the network.")] = Scheme.mixed,
    precision: Annotated[
        list[str] | None, typer.Option(help="NODE=PRECISION, over the scheme; rnn0=w4a16+w8a16, say.")
    ] = None,
    calibration: Annotated[
        list[Path] | None, typer.Option(help="Noisy recordings; the model's own calibration by default.")
    ] = None,
    dense_range: RangeOption = Ranges.dense,
    rnn_input_range: RangeOption = Ranges.rnn_input,
    rnn_state_range: RangeOption = Ranges.rnn_state,
    json_: JsonOption = False,
) -> None:
    """Quantize a model and write it to a file, which all other verbs take.

    With recordings, ranges are measured on them and weights are rounded to fit them; a few seconds are
    enough. The ranges are of the int8 activations: dense layers, and input and state of recurrent layers.

    Example: ossicle quantize gru256 --scheme w4a16 --calibration noisy.wav -o small.ossicle
    """
    loaded = api.load(model)
    precisions = scheme_precisions(loaded.graph, scheme) | _overrides(loaded.graph, precision or [])
    clips = None
    if calibration:
        recordings = read_recordings(calibration, loaded.graph.stft, loaded.calibration, loaded.graph.input)
        clips = recordings.clips
        for warning in recordings.warnings:
            errors.print(f"ossicle: {warning}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    ranges = Ranges(dense_range, rnn_input_range, rnn_state_range)
    quantized = api.quantize(loaded, precisions, clips, ranges)
    how = {"precisions": precisions, "calibration": [path.name for path in calibration or []]}
    save_model(replace(quantized, provenance={**loaded.provenance, "quantization": how}), out)
    sizes = {"fp16": weight_bytes(api.quantize(loaded, "fp16").graph), "out": weight_bytes(quantized.graph)}
    if json_:
        print_json({"model": str(out), "weight_bytes": sizes["out"], "precisions": precisions})
        return
    print_table(
        ["node", "precision"], [[name, of] for name, of in precisions.items()], f"{loaded.graph.name}"
    )
    print(
        f"{out}: {sizes['out']:,} bytes of weights, {sizes['fp16'] / sizes['out']:.2f} times fewer than fp16"
    )


def _overrides(graph: Graph, texts: list[str]) -> dict[str, str]:
    nodes = [node.name for node in graph.nodes if OPS[node.op].matrices]
    pairs = {}
    for text in texts:
        name, _, precision = text.partition("=")
        if name not in nodes or not precision:
            raise OssicleError(f"{text!r} is not NODE=PRECISION; the nodes are {', '.join(nodes)}")
        pairs[name] = precision
    return pairs
