"""A model's program for a RISC-V chip on QEMU: what it puts out, against the host, and what it takes."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.audio.sound import Sound
from ossicle.graph import Graph
from ossicle.platforms.chip_emulation import ChipEmulation, LayerCost, uncounted
from ossicle.platforms.host.run import host_output, largest_difference
from ossicle.platforms.platform import emit
from ossicle.platforms.riscv.build import build_for_qemu
from ossicle.platforms.riscv.plan import plan_chip
from ossicle.platforms.riscv.qemu import check_qemu, count_qemu, run_qemu
from ossicle.programs.elf import read_elf
from ossicle.programs.interface import INTERFACES, OUTSIDE, layer_functions
from ossicle.targets import ChipTarget
from ossicle.verify.node_check import Verification

EMULATORS = ("qemu",)
COUNTED_FRAMES = 4


def run_chip(graph: Graph, target: ChipTarget, on: str, read: Callable[[], Sound]) -> ChipEmulation:
    """Run a model on QEMU, the only choice."""
    sound = read()
    return replace(emulate(graph, target, sound.samples), repaired=sound.repaired)


def emulate(graph: Graph, target: ChipTarget, items: np.ndarray, compiler: str = "zig") -> ChipEmulation:
    """Run ``items``, ``(n,)``, at least those of a frame, through the program for a chip, on QEMU.

    They are what the program reads: int16 samples, or a record of its inputs for each frame. ``compiler``,
    ``"zig"`` or ``"gcc"``, builds it. Instructions are counted in the first frames.
    """
    check_qemu()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        summary = emit(graph, plan_chip(graph, target), target, folder)
        path = build_for_qemu(folder, target, compiler)
        expected = host_output(graph, items, Path(scratch) / "host", target.kernels)
    elf = read_elf(path)
    output = np.frombuffer(
        run_qemu(path, target, items.tobytes()), INTERFACES[graph.task.name].result_type(summary)
    )
    first = items[: COUNTED_FRAMES * graph.task.frame_items]
    counted = count_qemu(path, elf, target, first.tobytes(), layer_functions(graph))
    frames = -(-len(first) // graph.task.frame_items)
    return ChipEmulation(
        on="qemu",
        output=output,
        largest_difference=largest_difference(graph, output, expected),
        unit=INTERFACES[graph.task.name].unit,
        verification=Verification(()),
        clock_hz=target.chip.clock_hz,
        core_hz=None,
        frame_ms=graph.task.frame_ms,
        layers=tuple(
            LayerCost(layer, counted[layer] / frames, None, None, None)
            for layer in layer_functions(graph)
            if layer in counted and layer != OUTSIDE
        ),
        assumptions=uncounted(target.chip.core),
        energy=None,
        flash_bytes=elf.flash_bytes,
        ram_bytes=elf.ram_bytes,
        stack_bytes=0,
    )
