"""The tables, sentences and picture of the keyword study (``kws_m7.py``)."""

from dataclasses import dataclass
from pathlib import Path

from kws_pruning import PRUNING_NOTES

PUBLISHED_MS = 37.0
PUBLISHED = (
    "37 ms: their baseline, before pruning and quantization, and with the extraction of the features (arXiv "
    "2208.02765, abstract); measured on an STM32F7 at 216 MHz; compiler and options are not known to us",
    "8.0 million cycles, 16.8 a multiply-accumulate: 37 ms by 216 MHz, and by the network's 476,576; derived",
    "37 / it sets that measurement against our estimate, which may be off by tens of per cent",
)
FORM_NOTES = (
    "naive: the portable kernels as emitted; each result is finished before the next, window by window; "
    "those for floats keep sixteen partial sums, for the vector units of other cores",
    "one sum: each result is one sum, finished before the next, filter by filter",
    "by weight: weight-prioritized, each weight is loaded once and multiplied at all nine windows",
    "shipped: the kernels of the target for floats, and for weights in halves",
    "one sum and by weight replace the convolution; the other layers, flash and RAM are those of float naive",
    "q15: weights and activations of 16 bits (w16a16); w8a16: weights of 8 bits; w8a8: activations too",
    "SMLAD: the kernels of the target, which multiply two pairs an instruction",
)
ORDER_NOTES = (
    "as emitted: as many filters as fill half of the cache go over all windows before the next ones do",
    "window by window: all filters at one window come before the next, so that weights that the cache does "
    "not hold come from flash nine times",
    "by weight, each weight is loaded once for three windows: the sums of more do not fit into the registers",
)
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


def form_tables(costs: dict[str, Cost], accuracy: dict[str, tuple[float, float, float]], clips: int):
    """Time of each form beside the published one, then its memory and accuracy with the 95 % interval."""
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
            f"memory, and accuracy on {clips} clips of the test split",
            ["", "flash bytes", "RAM bytes", "accuracy (95 %)"],
            kept,
        ),
    ]


def order_table(orders: list[dict]):
    """Cost of the integer convolutions in each order of their loops."""
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


def findings_of(costs: dict[str, Cost], orders: list[dict], pruned: dict) -> list[str]:
    """What the tables say, in sentences."""
    ms = {name: cost.ms for name, cost in costs.items()}
    cycles = {(row["scheme"], row["order"]): row["cycles"] for row in orders}
    alone = {(row["scheme"], row["order"]): row["cycles"] - row["weight_cycles"] for row in orders}
    by_weight, by_weight_alone = (
        " and ".join(
            f"{of[scheme, 'by weight, SMLAD'] / of[scheme, 'as emitted']:.0%} in {scheme}"
            for scheme in ("w8a16", "w16a16")
        )
        for of in (cycles, alone)
    )
    kept = {
        scheme: 1 - cycles[scheme, "as emitted"] / cycles[scheme, "window by window"]
        for scheme in ("w8a16", "w16a16")
    }
    pays = {name: of["pays_from"]["cycles"] for name, of in pruned.items() if name != "dense"}
    reached = "; ".join(f"{name}: {'never' if at is None else f'{at:.0%}'}" for name, at in pays.items())
    return [
        f"The loop order takes floats from {ms['float one sum']:.1f} to {ms['float by weight']:.1f} ms; the "
        f"portable kernels take {ms['float naive']:.1f} ms, and the target's own, with their bits, "
        f"{ms['float shipped']:.1f} ms.",
        f"SMLAD takes q15 from {ms['q15 naive']:.1f} to {ms['q15 SMLAD']:.1f} ms.",
        f"Weight by weight, with SMLAD, the convolution takes {by_weight} of the cycles of the emitted one; "
        f"without the reading of weights from flash, {by_weight_alone}.",
        f"Blocks of filters that stay in the cache for all windows take {kept['w8a16']:.0%} off the cycles "
        f"of the convolution in w8a16 and {kept['w16a16']:.0%} in w16a16: weights come from flash once.",
        f"The share of zeros that pays against the fastest dense w8a16, in cycles: {reached}.",
    ]


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


def markdown(about: str, tables, findings: list[str], picture: str) -> str:
    """The document: what the study is about, the sentences, what all rests on, and the tables."""
    lines = ["# A published keyword spotter", "", *about.strip().splitlines(), ""]
    if picture:
        lines += [f"![ms a result by form]({picture})", ""]
    lines += ["What it shows:", "", *(f"* {finding}" for finding in findings), ""]
    for title, notes in NOTES.items():
        lines += [f"{title}:", "", *(f"* {note}" for note in notes), ""]
    for title, columns, rows in tables:
        lines += [f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        lines += [*(f"| {' | '.join(row)} |" for row in rows), ""]
    return "\n".join(lines) + "\n"
