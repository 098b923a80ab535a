"""A model on an emulated chip: what it puts out, against the host and the simulation, and what it takes."""

import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.cost.chip_cycles import costs_of_run, layer_functions
from ossicle.cost.layer_cycles import LayerCost, assumptions
from ossicle.emit import emit
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.run.cortexm import build_elf
from ossicle.run.elf import read_elf
from ossicle.run.interface import INTERFACES, Interface
from ossicle.run.machine import Machine
from ossicle.run.qemu import check_qemu, run_qemu
from ossicle.schedule import plan
from ossicle.targets import Target
from ossicle.verify.host_output import host_output
from ossicle.verify.node_check import Verification, verify
from ossicle.verify.tensor_trace import TracedMachine

SIMULATED_FRAMES = 20


@dataclass(frozen=True)
class Emulation:
    """One run on an emulated chip."""

    on: str
    """The emulator."""
    output: np.ndarray = field(repr=False)
    """As :meth:`ossicle.run.chip.ChipProgram.run` gives it."""
    largest_difference: float
    """To the host's output, in the unit of the task's interface."""
    verification: Verification = field(repr=False)
    """Each node against the simulation, in the first frames, on unicorn."""
    clock_hz: int
    frame_ms: float | None
    """Time of a frame; None where nobody knows."""
    layers: tuple[LayerCost, ...]
    """Empty where the emulator does not count."""
    assumptions: str
    """What the cycles of the layers rest on."""
    flash_bytes: int
    ram_bytes: int
    stack_bytes: int
    """Used of the stack; 0 where the emulator does not tell."""
    repaired: int = 0
    """Samples of the input that were NaN or infinite and were taken for silence."""

    @property
    def differing_nodes(self) -> tuple[str, ...]:
        """Nodes whose results are not what the simulation says they must be."""
        return self.verification.differing_nodes

    @property
    def total(self) -> dict[str, float | None] | None:
        """Instructions, cycles and milliseconds of a frame; None where the emulator does not count.

        Cycles and milliseconds are None for a core without a cycle model.
        """
        if not self.layers:
            return None
        keys = ("instructions", "cycles", "ms")
        of_layers = {key: [getattr(cost, key) for cost in self.layers] for key in keys}
        return {key: None if None in costs else sum(costs) for key, costs in of_layers.items()}

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; without the output."""
        return {
            "on": self.on,
            "repaired": self.repaired,
            "clock_hz": self.clock_hz,
            "frame_ms": self.frame_ms,
            "equal_to_host": self.largest_difference == 0,
            "largest_difference": self.largest_difference,
            "equal_to_simulation": self.verification.equal,
            "verification": self.verification.as_dict(),
            "assumptions": self.assumptions,
            "layers": [asdict(cost) for cost in self.layers],
            "total": self.total,
            "flash_bytes": self.flash_bytes,
            "ram_bytes": self.ram_bytes,
            "stack_bytes": self.stack_bytes,
        }


def emulate(graph: Graph, target: Target, items: np.ndarray, on: str = "unicorn") -> Emulation:
    """Run ``items``, ``(n,)``, at least those of a frame, through the ELF for a chip, on unicorn or qemu.

    They are what the program reads: int16 samples, or a record of its inputs for each frame.
    """
    interface = INTERFACES[graph.task.name]
    if on == "qemu":
        check_qemu(target)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        summary = emit(graph, plan(graph, kernels=target.kernels), target, folder)
        path = build_elf(folder)
        expected = host_output(graph, items, Path(scratch) / "host", target.kernels)
        traced = TracedMachine(graph, target, Path(scratch) / "traced")
    elf, stdin = read_elf(path), items.tobytes()
    layers: tuple[LayerCost, ...] = ()
    stack = 0
    if on == "qemu":
        stdout = run_qemu(path, target, stdin)
    else:
        machine = Machine(path, target)
        profile = machine.profile(layer_functions(graph))
        stdout, stack = machine.run(stdin), machine.stack_used
        layers = costs_of_run(profile, machine, graph, len(items), summary["node_weight_bytes"])
    output = np.frombuffer(stdout, interface.result_type(summary))
    start = items[: SIMULATED_FRAMES * graph.task.frame_items]
    return Emulation(
        on,
        output,
        _difference(interface, output, expected),
        verify(traced, start),
        target.need_chip().clock_hz,
        graph.task.frame_ms,
        layers,
        assumptions(target.need_chip(), summary["weight_bytes"]),
        elf.flash_bytes,
        elf.ram_bytes,
        stack,
    )


def _difference(interface: Interface, output: np.ndarray, expected: np.ndarray) -> float:
    if len(output) != len(expected):
        raise OssicleError(f"the chip put out {len(output)} results where the host had {len(expected)}")
    return interface.difference(output, expected)
