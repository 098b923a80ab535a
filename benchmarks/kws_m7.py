"""A published keyword spotter on a Cortex-M7 at 216 MHz (arXiv 2208.02765), beside what its authors measured.

    pip install -e '.[emulator,metrics,plot]'
    python benchmarks/kws_m7.py --corpus CORPUS --write docs/kws_m7.md --plot docs/pictures/kws_m7.svg

The network is theirs, `cnn-one-fstride4`, with our weights. Instructions are counted while an emulated core
runs the program for the chip; cycles, and so milliseconds, are estimates by the model in cortexm.md: no board
was measured. Sound is two seconds of the test split; a result comes once a hop of 32 ms. The results of each
program were those of the host's C, and those of integer layers the simulation's, bit by bit.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from kws_kernels import Loop, convolution, operands, run_loop
from kws_pruning import PRUNING_NOTES, pruning_study, pruning_tables

from ossicle import api
from ossicle.audio.mel import log_mel, patch
from ossicle.cli.app import errors, print_json, print_table
from ossicle.data.keywords import evaluation_set, load_keywords
from ossicle.emit.sizes import weight_bytes
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.file import Model
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.emulated import Emulation, emulate
from ossicle.simulate import Simulator
from ossicle.targets import Target, load_target

TARGET = "stm32f767"
PUBLISHED_MS = 37.0
PUBLISHED = (
    "37 ms: their baseline, before pruning and quantization, and with the extraction of the features (arXiv "
    "2208.02765, abstract); measured on an STM32F7 at 216 MHz; compiler and options are not known to us",
    "8.0 million cycles, 16.8 a multiply-accumulate: 37 ms by 216 MHz, and by the network's 476,576; derived",
)
FEATURES = ("samples", "front_end")
SECONDS = 2
CHECKED = 4
"""Patches that each of the study's own convolutions runs on."""
OUTPUT_MAJOR, WEIGHT_PRIORITIZED = Loop("kws_output_major"), Loop("kws_weight_prioritized")
BATCH = 128


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
    "q15 naive": Form("w16a16", portable=True),
    "q15 SMLAD": Form("w16a16"),
    "w8a16 SMLAD": Form("w8a16"),
    "w8a8 SMLAD": Form("int8"),
}
FORM_NOTES = (
    "naive: the portable kernels as emitted; each result is finished before the next, window by window; "
    "those for floats keep sixteen partial sums, for the vector units of other cores",
    "one sum: each result is one sum, finished before the next, filter by filter",
    "by weight: weight-prioritized, each weight is loaded once and multiplied at all nine windows",
    "one sum and by weight replace the convolution; the other layers, flash and RAM are those of float naive",
    "q15: weights and activations of 16 bits (w16a16); w8a16: weights of 8 bits; w8a8: activations too",
    "SMLAD: the kernels of the target, which multiply two pairs an instruction",
)
ORDERS = {
    "as emitted": None,
    "by weight": WEIGHT_PRIORITIZED,
    "by weight, SMLAD": replace(WEIGHT_PRIORITIZED, lanes=2),
    "16 filters a time": Loop("kws_row_blocks"),
}
ORDER_NOTES = (
    "as emitted, all filters at one window come before the next window, so that weights that the cache does "
    "not hold come from flash nine times",
    "16 filters a time: the products of the emitted program, called for 16 filters at all windows before the "
    "next 16",
    "by weight, each weight is loaded once for three windows: the sums of more do not fit into the registers",
)
"""Loop orders of the integer convolutions."""

NOTES = {
    "Published": PUBLISHED,
    "Forms": FORM_NOTES,
    "Order of the loops": ORDER_NOTES,
    "Zeros": PRUNING_NOTES,
}


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


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with keywords/ and noise/.")],
    model: Annotated[str, typer.Option(help="The network: a model of the zoo, or a file.")] = "cnn",
    write: Annotated[Path | None, typer.Option(help="Markdown file for the tables.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture of the times.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Print what each form of the network takes and recognizes, then what loop order and pruning bring."""
    loaded, target = api.load(model), load_target(TARGET)
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
    tables = [*_form_tables(costs, accuracy, len(classes)), _order_table(orders), *pruning_tables(pruned)]
    assumed = runs["w8a16", False].assumptions
    if plot:
        draw(plot, costs)
    if write:
        write.write_text(_markdown(tables, loaded, plot, write), "utf-8")
    if json_:
        print_json(
            {
                "published_ms": PUBLISHED_MS,
                "assumptions": assumed,
                "test_seconds": len(classes),
                "forms": {
                    name: asdict(cost) | {"ms": cost.ms, "accuracy": accuracy[name]}
                    for name, cost in costs.items()
                },
                "loop_orders": orders,
                "pruning": pruned,
            }
        )
        return
    print(f"{target.description}; {assumed}")
    for title, columns, rows in tables:
        print_table(columns, rows, title)
    for title, notes in NOTES.items():
        print("\n".join((f"{title}:", *(f"* {note}" for note in notes))))


def features(graph: Graph, seconds: np.ndarray) -> np.ndarray:
    """The patch at the end of each signal ``(n, samples)``; float32 ``(n, inputs)``."""
    mel = graph.task.mel
    return np.array([patch(log_mel(signal, mel), mel) for signal in seconds])


def recognized(graph: Graph, patches: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Whether the largest posterior of each patch is that of its class, by the bit-exact simulator."""
    batches = np.array_split(patches, -(-len(patches) // BATCH))
    posteriors = np.concatenate([Simulator(graph, len(batch)).step(batch) for batch in batches])
    return posteriors.argmax(axis=1) == classes


def run_programs(
    graphs: dict[str, Graph], target: Target, samples: np.ndarray
) -> dict[tuple[str, bool], Emulation]:
    """The emitted programs by scheme and by whether their kernels are the portable ones."""
    plain = replace(target, kernels=("portable",), packing="rows")
    runs = {}
    for scheme, portable in {(form.scheme, form.portable) for form in FORMS.values()}:
        result = emulate(graphs[scheme], plain if portable else target, samples)
        if result.largest_difference or result.differing_nodes:
            raise OssicleError(f"{scheme} on {target.name} differs from the host or from the simulation")
        runs[scheme, portable] = result
    return runs


def form_cost(form: Form, runs, graphs: dict[str, Graph], target: Target, checked: np.ndarray) -> Cost:
    """The cost of a form; another convolution takes the place of that of the program."""
    run, graph = runs[form.scheme, form.portable], graphs[form.scheme]
    layers = [
        checked_loop(form.loop, graph, target, checked)
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


def checked_loop(loop: Loop, graph: Graph, target: Target, patches: np.ndarray):
    """Cost of one of the study's convolutions, whose results are compared with the simulation's."""
    x, expected = operands(graph, patches)
    node = convolution(graph)
    y, cost = run_loop(loop, node, x, target, weight_bytes(graph))
    near = np.array_equal(y, expected) if node.integer else np.allclose(y, expected, rtol=1e-4, atol=1e-4)
    if not near:
        raise OssicleError(f"{loop} gives other results than the simulation of {node.precision}")
    return cost


def loop_orders(runs, graphs: dict[str, Graph], target: Target, checked: np.ndarray) -> list[dict]:
    """Cost of the integer convolutions in each order of their loops."""
    rows = []
    for scheme in ("w16a16", "w8a16"):
        for order, loop in ORDERS.items():
            graph, layers = graphs[scheme], runs[scheme, False].layers
            if loop:
                cost = checked_loop(loop, graph, target, checked)
            else:
                cost = next(layer for layer in layers if layer.layer == convolution(graph).name)
            rows.append({"scheme": scheme, "order": order, **asdict(cost)})
    return rows


def _form_tables(costs: dict[str, Cost], accuracy, seconds: int):
    times = [
        [
            name,
            f"{cost.instructions / 1e6:.2f}",
            f"{cost.cycles / 1e6:.2f}",
            f"{cost.features_ms:.2f}",
            f"{cost.inference_ms:.2f}",
            f"{cost.ms:.2f}",
            f"{PUBLISHED_MS / cost.ms:.1f}",
        ]
        for name, cost in costs.items()
    ]
    times.append(["published", "", f"{PUBLISHED_MS * 0.216:.2f}", "", "", f"{PUBLISHED_MS:.2f}", "1.0"])
    columns = ["", "M instr.", "M cycles", "features", "network", "total", "37 / it"]
    kept = [
        [
            name,
            f"{cost.flash_bytes:,}",
            f"{cost.ram_bytes:,}",
            "{:.3f} ({:.3f} to {:.3f})".format(*accuracy[name]),
        ]
        for name, cost in costs.items()
    ]
    return [
        ("one result: instructions, cycles, and ms at 216 MHz", columns, times),
        (
            f"memory, and accuracy on {seconds} clips of the test split",
            ["", "flash bytes", "RAM bytes", "accuracy (95 %)"],
            kept,
        ),
    ]


def _order_table(orders: list[dict]):
    rows = [
        [
            f"{row['scheme']} {row['order']}",
            f"{row['instructions']:,.0f}",
            f"{row['cycles']:,.0f}",
            f"{row['weight_cycles']:,.0f}",
            f"{row['ms']:.2f}",
        ]
        for row in orders
    ]
    return (
        "order of the loops: the convolution alone",
        ["", "instructions", "cycles", "for flash", "ms"],
        rows,
    )


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


def _markdown(tables, model: Model, plot: Path | None, write: Path) -> str:
    lines = ["# A published keyword spotter", "", *(__doc__ or "").strip().splitlines(), ""]
    if plot:
        lines += [f"![ms a result by form]({plot.resolve().relative_to(write.resolve().parent)})", ""]
    for title, notes in NOTES.items():
        lines += [f"{title}:", "", *(f"* {note}" for note in notes), ""]
    for title, columns, rows in tables:
        lines += [f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        lines += [*(f"| {' | '.join(row)} |" for row in rows), ""]
    lines += ["Training of the weights:", "", f"    {json.dumps(dict(model.provenance))}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
