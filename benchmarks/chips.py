"""What models take on emulated chips.

    pip install -e '.[emulator]'
    python benchmarks/chips.py --write docs/chips.md

Each runs a synthetic voice in noise through the ELF file for the board (`ossicle run MODEL --scheme SCHEME
--target CHIP`). Instructions of a hop are exact; cycles, and so milliseconds, are estimates by the model of
cortexm.md: no board was measured. A MAC has the instructions of the network alone, without transforms,
features and decision. Every output was that of this computer's C, and that of the simulation in all integer
layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ossicle import api
from ossicle.cli.app import print_json, print_table
from ossicle.errors import OssicleError
from ossicle.measure.emulated import Emulation, emulate, synthetic_voice
from ossicle.scale import run_all
from ossicle.targets import load_target

CASES = (
    ("gru128", "w8a16", "stm32f767"),
    ("gru128", "mixed", "stm32f767"),
    ("gru128", "w8a16", "nrf5340"),
    ("gru128", "w8a16", "rp2350"),
    ("lstm128", "w8a16", "stm32f767"),
    ("gru256", "w8a16", "stm32h743"),
    ("gru256", "mixed", "stm32h743"),
    ("lstm256", "w8a16", "stm32h743"),
    ("lstm256", "mixed", "stm32h743"),
    ("cnn", "w8a16", "stm32f767"),
    ("cnn", "int8", "stm32f767"),
    ("cnn", "w8a16", "nrf5340"),
    ("dscnn", "w8a16", "stm32f767"),
    ("dscnn", "w8a16", "stm32h743"),
)
AROUND = ("samples", "front_end", "back_end")
COLUMNS = ["model, scheme, chip", "M instr.", "a MAC", "ms", "of hop", "flash kB", "RAM kB"]


@dataclass(frozen=True)
class Row:
    """A model in a scheme on a chip, a hop; bytes of flash and RAM, the stack and start-up code included."""

    model: str
    scheme: str
    chip: str
    instructions: float
    around: float
    network: float
    per_mac: float
    ms: float
    share_of_hop: float
    flash_bytes: int
    ram_bytes: int


def main(
    write: Annotated[Path | None, typer.Option(help="Markdown file for the table.")] = None,
    seconds: Annotated[float, typer.Option(help="Of sound.")] = 1.0,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Print instructions, milliseconds and bytes of each model on each chip."""
    rows = list(run_all(lambda case: _measure(*case, seconds), CASES, jobs))
    if json_:
        print_json([row.__dict__ for row in rows])
        return
    texts = [_texts(row) for row in rows]
    print_table(COLUMNS, texts, "instructions are counted, milliseconds estimated")
    if write:
        write.write_text(_markdown(texts), "utf-8")


def _measure(model: str, scheme: str, chip: str, seconds: float) -> Row:
    graph, target = api.quantize(api.load(model), scheme).graph, load_target(chip)
    task = graph.task
    found = emulate(graph, target, synthetic_voice(task.sample_rate, seconds))
    if found.largest_difference or found.differing_nodes:
        raise OssicleError(f"{model} on {chip} differs from the host or from the simulation")
    around, total = _instructions(found, AROUND), _instructions(found, None)
    ms = sum(layer.ms for layer in found.layers)
    return Row(
        model,
        scheme,
        chip,
        total,
        around,
        total - around,
        (total - around) / graph.macs,
        ms,
        ms * task.sample_rate / (1000 * task.hop),
        found.flash_bytes,
        found.ram_bytes,
    )


def _instructions(found: Emulation, names: Sequence[str] | None) -> float:
    return sum(layer.instructions for layer in found.layers if names is None or layer.layer in names)


def _texts(row: Row) -> list[str]:
    return [
        f"{row.model} {row.scheme}, {row.chip}",
        f"{row.instructions / 1e6:.2f}",
        f"{row.per_mac:.2f}",
        f"{row.ms:.2f}",
        f"{100 * row.share_of_hop:.0f} %",
        f"{row.flash_bytes / 1000:.0f}",
        f"{row.ram_bytes / 1000:.1f}",
    ]


def _markdown(texts: Sequence[Sequence[str]]) -> str:
    lines = ["# Models on chips", "", *__doc__.strip().splitlines(), ""]
    lines += [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(text)} |" for text in texts)]) + "\n"


if __name__ == "__main__":
    typer.run(main)
