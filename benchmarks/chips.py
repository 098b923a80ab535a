"""What models take on emulated chips.

    pip install -e '.[emulator]'
    python benchmarks/chips.py --record

Both compilers of the emitted Makefile, zig and arm-none-eabi-gcc, build the ELF file for the board
(`ossicle run MODEL --scheme SCHEME --target CHIP`), which a synthetic voice in noise goes through.
Instructions of a frame are exact; cycles, and so milliseconds, are estimates by the model of cortexm.md: no
board was measured. A MAC has the instructions of the network alone, without transforms, features and
decision. Every output was that of this computer's C, and that of the simulation in all integer layers.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import tables.chips
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.audio.sound import synthetic_voice
from ossicle.errors import OssicleError
from ossicle.platforms.chip_emulation import ChipEmulation
from ossicle.platforms.cortexm.build import COMPILERS, check_compiler
from ossicle.platforms.cortexm.files import GCC
from ossicle.platforms.cortexm.run import emulate
from ossicle.scale import run_all
from ossicle.targets import load_target

CASES = (
    ("gru128", "w8a16", "stm32f767"),
    ("gru128", "mixed", "stm32f767"),
    ("gru128", "w8a16", "stm32h7a3"),
    ("gru128", "w8a16", "stm32u575"),
    ("gru128", "w8a16", "nrf5340"),
    ("gru128", "w8a16", "rp2350"),
    ("gru128", "w8a16", "rp2350-sram"),
    ("lstm128", "w8a16", "stm32f767"),
    ("gru256", "w8a16", "stm32h743"),
    ("gru256", "mixed", "stm32h743"),
    ("lstm256", "w8a16", "stm32h743"),
    ("lstm256", "mixed", "stm32h743"),
    ("cnn", "w8a16", "stm32f767"),
    ("cnn", "int8", "stm32f767"),
    ("cnn", "w8a16", "nrf5340"),
    ("dscnn", "w8a16", "stm32f767"),
    ("dscnn", "int8", "stm32f767"),
    ("dscnn", "w8a16", "stm32h743"),
    ("dscnn", "int8", "stm32h7a3"),
    ("dscnn", "int8", "stm32u575"),
)
SECONDS = 1.0
AROUND = ("samples", "front_end", "back_end")


@dataclass(frozen=True)
class Row:
    """What a model in a scheme takes on a chip, of a frame."""

    instructions: float
    network: float
    """Instructions without transforms, features and decision."""
    per_mac: float
    """The latter, a multiply-accumulate."""
    cycles: float
    ms: float
    weight_ms: float
    """Of it, the waits for weights."""
    line_cycles: int
    """That the chip is taken to need for a line of weights."""
    frame_ms: float
    flash_bytes: int
    """Start-up code included."""
    ram_bytes: int
    """The stack included."""


def main(
    seconds: Annotated[float, typer.Option(help="Of sound.")] = SECONDS,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print instructions, milliseconds and bytes of each model on each chip."""
    check_compiler("gcc")
    cases = [(*case, compiler) for case in CASES for compiler in COMPILERS]
    rows = run_all(lambda case: measure(*case, seconds), cases, jobs)
    names = [" ".join(case).removesuffix(" zig") for case in cases]
    results = {name: asdict(row) for name, row in zip(names, rows, strict=True)}
    settings = {"cases": names, "seconds": seconds}
    models = sorted({model for model, _, _ in CASES})
    found = Result("chips", settings, results, models, packages=("unicorn", "ziglang"), compilers=(GCC,))
    conclude(found, tables.chips.tables(results, settings), record, json_)


def measure(model: str, scheme: str, chip: str, compiler: str, seconds: float) -> Row:
    """Run a model for so many seconds of sound; raises :class:`OssicleError` where its output is wrong."""
    graph, target = api.quantize(api.load(model), scheme).graph, load_target(chip)
    task = graph.task
    found = emulate(graph, target, synthetic_voice(task.sample_rate, seconds), compiler=compiler)
    if found.largest_difference or found.differing_nodes:
        raise OssicleError(
            f"{model} on {chip}, built by {compiler}, differs from the host or from the simulation"
        )
    around, total = _instructions(found, AROUND), _instructions(found, None)
    cycles, waits = (
        sum(getattr(layer, name) for layer in found.layers) for name in ("cycles", "weight_cycles")
    )
    return Row(
        total,
        total - around,
        (total - around) / graph.macs,
        cycles,
        1e3 * cycles / target.chip.clock_hz,
        1e3 * waits / target.chip.clock_hz,
        target.chip.weights.line_cycles,
        1e3 * task.hop / task.sample_rate,
        found.flash_bytes,
        found.ram_bytes,
    )


def _instructions(found: ChipEmulation, names: Sequence[str] | None) -> float:
    return sum(layer.instructions for layer in found.layers if names is None or layer.layer in names)


if __name__ == "__main__":
    typer.run(main)
