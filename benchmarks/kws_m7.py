"""A published keyword spotter on a Cortex-M7 at 216 MHz (arXiv 2208.02765), beside what its authors measured.

    pip install -e '.[emulator,plot]'
    python benchmarks/kws_m7.py --corpus CORPUS --record --plot docs/pictures/kws_m7.svg

The network is theirs, `cnn-one-fstride4`, with our weights. Instructions are counted while an emulated core
runs the program for the chip; cycles, and so milliseconds, are estimates by the model in cortexm.md: no board
was measured. Sound is two seconds of the test split; a result comes once a hop of 32 ms. The results of each
program were those of the host's C, and those of integer layers the simulation's, bit by bit; so were those of
the convolutions that are the study's own (`benchmarks/kws_m7/`), those for floats up to rounding.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import tables.kws_m7
import typer
from kws_kernels import Loop, checked_cost, convolution, operands
from kws_pruning import GROUPS, KERNELS, pruning_study
from record import JsonOption, RecordOption, Result, conclude, manifest_data

from ossicle import api
from ossicle.audio.mel import log_mel, patch
from ossicle.audio.sound import synthetic_voice
from ossicle.cli.app import errors
from ossicle.data.keywords import evaluation_set, load_keywords
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.kernels import load_kernels
from ossicle.lowering import weight_bytes
from ossicle.measure.bootstrap import mean_interval
from ossicle.platforms.chip_emulation import ChipEmulation, LayerCost
from ossicle.platforms.cortexm.estimate import count_layers
from ossicle.platforms.cortexm.run import emulate
from ossicle.simulate import Simulator
from ossicle.targets import Target, load_target

TARGET = "stm32f767"
PUBLISHED_MS = 37.0
"""By its authors, features included (arXiv 2208.02765, abstract)."""
MACS = 476_576
FEATURES = ("samples", "front_end")
SECONDS = 2
CHECKED = 4
"""Patches that each of the study's own convolutions runs on."""
OUTPUT_MAJOR, WEIGHT_PRIORITIZED = Loop("kws_output_major"), Loop("kws_weight_prioritized")
BATCH = 128


@dataclass(frozen=True)
class Cost:
    """What a result takes: exact instructions, estimated cycles and time."""

    instructions: float
    cycles: float
    features_ms: float
    inference_ms: float
    flash_bytes: int
    ram_bytes: int

    @property
    def ms(self) -> float:
        """Features and inference."""
        return self.features_ms + self.inference_ms


@dataclass(frozen=True)
class Form:
    """A row of the table: a scheme, portable C or that of the target, and another convolution or none."""

    scheme: str
    portable: bool = False
    loop: Loop | None = None


FORMS = {
    "float naive": Form("fp32", portable=True),
    "float one sum": Form("fp32", portable=True, loop=OUTPUT_MAJOR),
    "float by weight": Form("fp32", portable=True, loop=WEIGHT_PRIORITIZED),
    "float shipped": Form("fp32"),
    "half shipped": Form("fp16"),
    "q15 naive": Form("w16a16", portable=True),
    "q15 SMLAD": Form("w16a16"),
    "w8a16 SMLAD": Form("w8a16"),
    "w8a8 SMLAD": Form("int8"),
}
ORDERS = {
    "as emitted": None,
    "window by window": None,
    "by weight": WEIGHT_PRIORITIZED,
    "by weight, SMLAD": replace(WEIGHT_PRIORITIZED, lanes=2),
}
"""Loop orders of the integer convolutions."""


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with keywords/ and noise/.")],
    model: Annotated[str, typer.Option(help="The network: a model of the zoo, or a file.")] = "cnn",
    plot: Annotated[Path | None, typer.Option(help="Picture of the times.")] = None,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print what each form of the network takes and recognizes, then what loop order and pruning bring."""
    loaded, target = api.load(model), load_target(TARGET)
    if loaded.graph.macs != MACS:
        raise OssicleError(
            f"{model} is not the network of the study, which has {MACS:,} multiply-accumulates"
        )
    seconds, classes = evaluation_set(load_keywords(corpus), "test", loaded.graph.task.sample_rate)
    patches = features(loaded.graph, seconds)
    graphs = {
        scheme: api.quantize(loaded, scheme).graph for scheme in {form.scheme for form in FORMS.values()}
    }
    heard = seconds[:: len(seconds) // SECONDS][:SECONDS].ravel()
    samples = np.clip(np.rint(heard * 32768), -32768, 32767).astype(np.int16)
    checked = patches[:: len(patches) // CHECKED][:CHECKED]
    with errors.status("compiling and running the forms"):
        runs = run_programs(graphs, target, samples)
        costs = {name: form_cost(form, runs, graphs, target, checked) for name, form in FORMS.items()}
    with errors.status("recognizing the test split"):
        correct = {scheme: recognized(graph, patches, classes) for scheme, graph in graphs.items()}
    accuracy = {name: mean_interval(correct[form.scheme]) for name, form in FORMS.items()}
    with errors.status("loop orders and pruning"):
        orders = loop_orders(runs, graphs, target, checked)
        pruned = pruning_study(loaded, target, checked, lambda graph: recognized(graph, patches, classes))
    if plot:
        draw(plot, costs)
    results = {
        "assumptions": runs["w8a16", False].assumptions,
        "test_seconds": len(classes),
        "forms": {
            name: asdict(cost) | {"ms": cost.ms, "accuracy": accuracy[name]} for name, cost in costs.items()
        },
        "loop_orders": orders,
        "pruning": pruned,
    }
    settings = {
        "target": TARGET,
        "clock_hz": target.chip.clock_hz,
        "published_ms": PUBLISHED_MS,
        "macs": MACS,
        "model": model,
        "seconds": SECONDS,
        "checked_patches": CHECKED,
        "forms": list(FORMS),
        "kernels": {scheme: list(kernels) for scheme, kernels in KERNELS.items()},
        "granularities": list(GROUPS),
    }
    data = [manifest_data(corpus / kind, split="test") for kind in ("keywords", "noise")]
    found = Result("kws_m7", settings, results, [model], data, ("unicorn", "ziglang"))
    conclude(found, tables.kws_m7.tables(results, settings), record, json_)


def features(graph: Graph, seconds: np.ndarray) -> np.ndarray:
    """The patch at the end of each signal ``(n, samples)``; float32 ``(n, inputs)``."""
    mel = graph.task.features
    return np.array([patch(log_mel(signal, mel), mel) for signal in seconds])


def recognized(graph: Graph, patches: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Whether the largest posterior of each patch is that of its class, by the bit-exact simulator."""
    batches = np.array_split(patches, -(-len(patches) // BATCH))
    posteriors = np.concatenate([Simulator(graph, len(batch)).step(batch)[0] for batch in batches])
    return posteriors.argmax(axis=1) == classes


def run_programs(
    graphs: dict[str, Graph], target: Target, samples: np.ndarray
) -> dict[tuple[str, bool], ChipEmulation]:
    """The emitted programs by scheme and by whether their kernels are the portable ones."""
    plain = replace(without_blocks(target), kernels=load_kernels(["portable"]))
    runs = {}
    for scheme, portable in {(form.scheme, form.portable) for form in FORMS.values()}:
        result = emulate(graphs[scheme], plain if portable else target, samples)
        # Sums of floats have another order on the chip; their nodes were compared by their error.
        differs = result.largest_difference and scheme != "fp32"
        if differs or result.differing_nodes:
            raise OssicleError(f"{scheme} on {target.name} differs from the host or from the simulation")
        runs[scheme, portable] = result
    return runs


def form_cost(form: Form, runs, graphs: dict[str, Graph], target: Target, checked: np.ndarray) -> Cost:
    """The cost of a form; another convolution takes the place of that of the program."""
    run, graph = runs[form.scheme, form.portable], graphs[form.scheme]
    layers = [
        loop_cost(form.loop, graph, target, checked)
        if form.loop and layer.layer == convolution(graph).name
        else layer
        for layer in run.layers
    ]
    features_ms = sum(layer.ms for layer in layers if layer.layer in FEATURES)
    return Cost(
        sum(layer.instructions for layer in layers),
        sum(layer.cycles for layer in layers),
        features_ms,
        sum(layer.ms for layer in layers) - features_ms,
        run.flash_bytes,
        run.ram_bytes,
    )


def loop_cost(loop: Loop, graph: Graph, target: Target, patches: np.ndarray) -> LayerCost:
    """Cost of one of the study's convolutions, whose results are compared with the simulation's."""
    x, expected = operands(graph, patches)
    return checked_cost(loop, convolution(graph), x, expected, target, weight_bytes(graph))


def without_blocks(target: Target) -> Target:
    """The target, but the emitter knows of no cache that blocks of filters could stay in."""
    weights = replace(target.chip.weights, cache_bytes=0)
    return replace(target, chip=replace(target.chip, weights=weights))


def window_by_window(graph: Graph, target: Target) -> tuple[LayerCost, ...]:
    """Costs of the layers of a program without blocks."""
    sound = synthetic_voice(graph.task.sample_rate, 4 * graph.task.hop / graph.task.sample_rate)
    return count_layers(graph, without_blocks(target), sound)


def loop_orders(runs, graphs: dict[str, Graph], target: Target, checked: np.ndarray) -> list[dict]:
    """Cost of the integer convolutions in each order of their loops."""
    rows = []
    for scheme in ("w16a16", "w8a16"):
        for order, loop in ORDERS.items():
            graph, layers = graphs[scheme], runs[scheme, False].layers
            if order == "window by window":
                layers = window_by_window(graph, target)
            if loop:
                cost = loop_cost(loop, graph, target, checked)
            else:
                cost = next(layer for layer in layers if layer.layer == convolution(graph).name)
            rows.append({"scheme": scheme, "order": order, **asdict(cost)})
    return rows


def draw(path: Path, costs: dict[str, Cost]) -> None:
    """Draw the times as bars, features and network, and the published time as a line."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "ossicle"
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    panel = figure.subplots()
    names, features_ms = list(costs), [cost.features_ms for cost in costs.values()]
    network_ms = [cost.inference_ms for cost in costs.values()]
    panel.barh(names, features_ms, label="features")
    panel.barh(names, network_ms, left=features_ms, label="network")
    for name, cost in costs.items():
        panel.text(cost.ms + 0.4, name, f"{cost.ms:.1f}", va="center")
    panel.axvline(PUBLISHED_MS, color="black", ls="--", label="published, on a board")
    panel.invert_yaxis()
    panel.set_xlabel("ms a result at 216 MHz, estimated")
    panel.grid(axis="x", alpha=0.3)
    panel.legend()
    partial = path.with_name(f".{path.name}.part")
    figure.savefig(
        partial, format=path.suffix[1:], metadata={"Date": None} if path.suffix == ".svg" else None
    )
    partial.replace(path)


if __name__ == "__main__":
    typer.run(main)
