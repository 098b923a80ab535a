"""A model on an emulated chip: what it puts out, against the host and the simulation, and what it takes."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.audio.sound import Sound
from ossicle.graph import Graph
from ossicle.platforms.chip_emulation import ChipEmulation, LayerCost
from ossicle.platforms.cortexm.build import READER, build_elf, check_packages
from ossicle.platforms.cortexm.estimate import costs_of_run
from ossicle.platforms.cortexm.layer_cycles import assumptions
from ossicle.platforms.cortexm.machine import Machine, has_unicorn
from ossicle.platforms.cortexm.plan import plan_chip
from ossicle.platforms.cortexm.qemu import check_qemu, run_qemu
from ossicle.platforms.cortexm.trace import TracedMachine
from ossicle.platforms.host.run import host_output, largest_difference
from ossicle.platforms.platform import emit
from ossicle.programs.elf import read_elf
from ossicle.programs.interface import INTERFACES, layer_functions
from ossicle.targets import ChipTarget
from ossicle.verify.node_check import Verification, verify

EMULATORS = ("unicorn", "qemu")
SIMULATED_FRAMES = 20


def run_chip(graph: Graph, target: ChipTarget, on: str, read: Callable[[], Sound]) -> ChipEmulation:
    """Run a model on ``"unicorn"`` or ``"qemu"``."""
    sound = read()
    return replace(emulate(graph, target, sound.samples, on), repaired=sound.repaired)


def emulate(
    graph: Graph, target: ChipTarget, items: np.ndarray, on: str = "unicorn", compiler: str = "zig"
) -> ChipEmulation:
    """Run ``items``, ``(n,)``, at least those of a frame, through the ELF for a chip, on unicorn or qemu.

    ``compiler``, ``"zig"`` or ``"gcc"``, builds it.

    They are what the program reads: int16 samples, or a record of its inputs for each frame.
    """
    interface = INTERFACES[graph.task.name]
    if on == "qemu":
        check_packages(READER)
        check_qemu(target)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        summary = emit(graph, plan_chip(graph, target), target, folder)
        path = build_elf(folder, compiler)
        expected = host_output(graph, items, Path(scratch) / "host", target.kernels)
        traced = None
        if on == "unicorn" or has_unicorn(target.chip.core):
            traced = TracedMachine(graph, target, Path(scratch) / "traced", compiler)
    elf, stdin = read_elf(path), items.tobytes()
    layers: tuple[LayerCost, ...] = ()
    stack, core_hz = 0, None
    if on == "qemu":
        stdout = run_qemu(path, target, stdin)
    else:
        machine = Machine(path, target)
        profile = machine.profile(layer_functions(graph))
        stdout, stack = machine.run(stdin), machine.stack_used
        core_hz = int.from_bytes(machine.read(machine.address("core_hz"), 4), "little")
        layers = costs_of_run(profile, machine, graph, len(items), summary["node_weight_bytes"])
    output = np.frombuffer(stdout, interface.result_type(summary))
    start = items[: SIMULATED_FRAMES * graph.task.frame_items]
    return ChipEmulation(
        on=on,
        output=output,
        largest_difference=largest_difference(graph, output, expected),
        unit=interface.unit,
        verification=verify(traced, start) if traced else Verification(()),
        clock_hz=target.chip.clock_hz,
        core_hz=core_hz,
        frame_ms=graph.task.frame_ms,
        layers=layers,
        assumptions=assumptions(target.chip, summary["weight_bytes"]),
        energy=target.chip.energy,
        flash_bytes=elf.flash_bytes,
        ram_bytes=elf.ram_bytes + (elf.section_bytes[".rodata"] if target.chip.copies_weights else 0),
        stack_bytes=stack,
    )
