"""The verb that runs a model on an emulated chip or cluster."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ossicle.cli.app import (
    JsonOption,
    ModelArgument,
    SchemeOption,
    errors,
    load_quantized,
    print_json,
    print_table,
    progress_bar,
    verb,
)
from ossicle.cli.cluster import L1Option, WorkersOption, run_on_cluster
from ossicle.errors import OssicleError
from ossicle.graph import Suppression


class Emulator(StrEnum):
    """What stands in for the chip."""

    unicorn = "unicorn"
    qemu = "qemu"
    threads = "threads"
    rtl = "rtl"
    model = "model"


CLUSTER_ONLY = (Emulator.threads, Emulator.rtl, Emulator.model)


@verb
def run(
    model: ModelArgument,
    audio: Annotated[
        Path | None, typer.Argument(help="A recording; a synthetic voice in noise by default.")
    ] = None,
    target: Annotated[str, typer.Option(help="Chip to run on.")] = "stm32f767",
    scheme: SchemeOption = None,
    on: Annotated[
        Emulator | None,
        typer.Option(
            help="A chip: unicorn, which counts, or qemu. A cluster: threads, qemu, rtl; model runs nothing."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of the recording, from its start.")] = 2.0,
    workers: WorkersOption = None,
    l1: L1Option = None,
    json_: JsonOption = False,
) -> None:
    """Run a model on an emulated chip, from the very ELF file that goes to the board, or on a cluster.

    It says whether the output is that of this computer's C and of the simulation, what memory it takes, and
    on unicorn the exact instructions and estimated cycles of each layer (docs/cortexm.md). The program of a
    cluster runs on threads of this computer, on QEMU's harts, or on verilated cores, cycle by cycle; --on
    model plans it and says what it takes by the discrete-event model (docs/cluster.md).

    Example: ossicle run gru128 --scheme w8a16 --target stm32f767

    Example: ossicle run gru128 --scheme int8 --target cv32e40p-cluster --on rtl --seconds 0.1
    """
    from ossicle.measure.cluster import need_cluster
    from ossicle.measure.emulated import emulate
    from ossicle.targets import load_target

    chip = load_target(target)
    if chip.cluster or workers or l1 or on in CLUSTER_ONLY:
        chip, on = need_cluster(chip, workers, l1), on or Emulator.threads
        if on == Emulator.unicorn:
            raise OssicleError("unicorn has one core; run a cluster --on threads, qemu, rtl or model")
        graph = load_quantized(model, scheme).graph
        run_on_cluster(graph, chip, str(on), _samples(audio, graph.task.sample_rate, seconds), json_)
        return
    if not chip.chip:
        raise OssicleError(f"the target {target} is no chip to emulate; ossicle bench times it")
    on = on or Emulator.unicorn
    graph = load_quantized(model, scheme).graph
    with progress_bar() as bar:
        bar.add_task(f"compiling and running on {on}", total=None)
        result = emulate(graph, chip, _samples(audio, graph.task.sample_rate, seconds), on)
    hop_ms = 1e3 * graph.task.hop / graph.task.sample_rate
    totals = {
        key: sum(getattr(cost, key) for cost in result.layers) for key in ("instructions", "cycles", "ms")
    }
    if json_:
        print_json(
            {
                "model": graph.name,
                "target": target,
                "on": str(on),
                "clock_hz": chip.chip.clock_hz,
                "hop_ms": hop_ms,
                "equal_to_host": result.largest_difference == 0,
                "largest_difference": result.largest_difference,
                "equal_to_simulation": not result.differing_nodes,
                "differing_nodes": list(result.differing_nodes),
                "assumptions": result.assumptions,
                "layers": [asdict(cost) for cost in result.layers],
                "total": totals if result.layers else None,
                "flash_bytes": result.flash_bytes,
                "ram_bytes": result.ram_bytes,
                "stack_bytes": result.stack_bytes,
            }
        )
        return
    if result.layers:
        rows = [
            [cost.layer, f"{cost.instructions:,.0f}", f"{cost.cycles:,.0f}", f"{cost.ms:.3f}"]
            for cost in result.layers
        ]
        rows.append(
            ["all", f"{totals['instructions']:,.0f}", f"{totals['cycles']:,.0f}", f"{totals['ms']:.3f}"]
        )
        print(f"{graph.name} on {chip.description}, a hop of {hop_ms:g} ms:")
        print_table(["layer", "instructions", "cycles", "ms"], rows)
        print(result.assumptions)
        share = totals["ms"] / hop_ms
        print(f"real time: {'yes' if share < 1 else 'no'}, {100 * share:.0f} % of a hop")
    unit = "steps of 16 bits" if isinstance(graph.task, Suppression) else "between posteriors"
    difference = f"no, up to {result.largest_difference:g} {unit}" if result.largest_difference else "yes"
    print(f"output equal to this computer's: {difference}")
    nodes = f"no: {', '.join(result.differing_nodes)}" if result.differing_nodes else "yes"
    print(f"integer layers equal to the simulation: {nodes}")
    stack = f", of it {result.stack_bytes:,} of stack used" if result.stack_bytes else ""
    print(f"flash {result.flash_bytes:,} bytes, RAM {result.ram_bytes:,} bytes{stack}")


def _samples(path: Path | None, rate: int, seconds: float):
    """int16 samples of a recording's first channel, or of a voice in noise."""
    from ossicle.audio.files import read_audio, repair, repaired_text, resample
    from ossicle.audio.pcm import to_pcm16
    from ossicle.measure.emulated import synthetic_voice

    if path is None:
        return synthetic_voice(rate, seconds)
    audio, repaired = repair(read_audio(path))
    if repaired:
        errors.print(repaired_text(path, repaired))
    signal = resample(audio.samples[: round(seconds * audio.rate), :1], audio.rate, rate)[:, 0]
    if not len(signal):
        raise OssicleError(f"{path} holds no samples")
    return to_pcm16(signal)
