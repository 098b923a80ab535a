"""A model on an emulated chip: what it puts out, against the host and the simulation, and what it takes."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.audio.pcm import to_pcm16
from ossicle.emit import emit
from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, Spotting, Suppression
from ossicle.graph.operator import OPS
from ossicle.measure.cortexm import LayerCost, assumptions, layer_costs
from ossicle.run import build, chip
from ossicle.run.cortexm import build_elf
from ossicle.run.elf import read_elf
from ossicle.run.machine import Machine
from ossicle.run.profile import Profile
from ossicle.run.qemu import check_qemu, run_qemu
from ossicle.run.verification import Verification, verify
from ossicle.run.watch import WatchedMachine
from ossicle.schedule import plan
from ossicle.schedule.blocks import filters_at_a_time
from ossicle.targets import Target, load_target

OUTSIDE = "main"
"""What runs outside of the model: start-up, reset, audio hooks. It is no part of a hop's time."""
SIMULATED_HOPS = 20


@dataclass(frozen=True)
class Emulation:
    """One run on an emulated chip."""

    on: str
    """The emulator."""
    output: np.ndarray = field(repr=False)
    """Of a suppressor, int16, as many samples as went in; of a spotter, :func:`result_type` of each hop."""
    largest_difference: float
    """To the host's output: in steps of 16 bits, or between posteriors, 1 where the words differ."""
    verification: Verification = field(repr=False)
    """Each node against the simulation, in the first hops, on unicorn."""
    clock_hz: int
    hop_ms: float
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
        """Instructions, cycles and milliseconds of a hop; None where the emulator does not count.

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
            "hop_ms": self.hop_ms,
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


def result_type(graph: Graph) -> np.dtype:
    """What a chip puts out: :func:`ossicle.run.chip.result_type`."""
    return chip.result_type(graph.task.outputs if isinstance(graph.task, Spotting) else 0)


def layer_functions(graph: Graph) -> dict[str, list[str]]:
    """The functions of the emitted C by layer, the first one for what runs outside of the model."""
    return {
        OUTSIDE: ["Reset_Handler", "main", f"{graph.name}_reset"],
        "samples": [f"{graph.name}_{step}{kind}" for step in ("process", "push") for kind in ("", "_f32")],
        "front_end": ["front_end"],
        **{node.name: [f"layer_{node.name}"] for node in graph.nodes},
        "back_end": ["back_end"],
    }


def emulate(graph: Graph, target: Target, samples: np.ndarray, on: str = "unicorn") -> Emulation:
    """Run int16 ``samples``, ``(n,)``, at least a hop, through the ELF for a chip, on unicorn or qemu."""
    if on == "qemu":
        check_qemu(target)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        summary = emit(graph, plan(graph, kernels=target.kernels), target, folder)
        path = build_elf(folder)
        expected = host_output(graph, samples, Path(scratch) / "host")
        watched = WatchedMachine(graph, target, Path(scratch) / "watched")
    elf, stdin = read_elf(path), samples.astype("<i2").tobytes()
    layers: tuple[LayerCost, ...] = ()
    stack = 0
    if on == "qemu":
        stdout = run_qemu(path, target, stdin)
    else:
        machine = Machine(path, target)
        profile = machine.profile(layer_functions(graph))
        stdout, stack = machine.run(stdin), machine.stack_used
        layers = _costs(profile, machine, graph, len(samples), summary["node_weight_bytes"])
    output = np.frombuffer(stdout, result_type(graph))
    start = samples[: SIMULATED_HOPS * graph.task.hop]
    return Emulation(
        on,
        output,
        _difference(output, expected),
        verify(watched, start),
        target.chip.clock_hz,
        1e3 * graph.task.hop / graph.task.sample_rate,
        layers,
        assumptions(target.chip, summary["weight_bytes"]),
        elf.flash_bytes,
        elf.ram_bytes,
        stack,
    )


def count_layers(graph: Graph, target: Target, samples: np.ndarray) -> tuple[LayerCost, ...]:
    """Cost of each layer over int16 ``samples``, ``(n,)``, on unicorn, with no look at the output."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        summary = emit(graph, plan(graph, kernels=target.kernels), target, folder)
        machine = Machine(build_elf(folder), target)
    profile = machine.profile(layer_functions(graph))
    machine.run(samples.astype("<i2").tobytes())
    return _costs(profile, machine, graph, len(samples), summary["node_weight_bytes"])


def _costs(
    profile: Profile, machine: Machine, graph: Graph, samples: int, weight_bytes: dict[str, int]
) -> tuple[LayerCost, ...]:
    hops = -(-samples // graph.task.hop)
    read = weight_traffic(graph, weight_bytes, machine.chip.weights.cache_bytes)
    costs = layer_costs(profile, machine.elf, machine.chip, hops, read)
    return tuple(cost for cost in costs if cost.layer != OUTSIDE)


def weight_traffic(graph: Graph, weight_bytes: Mapping[str, int], cache_bytes: int) -> dict[str, int]:
    """Bytes of constants that each node reads in a hop from beyond a data cache.

    A convolution goes through all of its own at each window, and finds them in the cache only if they fit, or
    where it goes through blocks of them (:mod:`ossicle.schedule.blocks`).
    """

    def times(node: Node) -> int:
        size = weight_bytes[node.name]
        kept = size <= cache_bytes or filters_at_a_time(node, size, cache_bytes)
        return 1 if kept else OPS[node.op].uses(node)

    return {
        node.name: weight_bytes[node.name] * times(node) for node in graph.nodes if node.name in weight_bytes
    }


def host_output(graph: Graph, samples: np.ndarray, folder: Path) -> np.ndarray:
    """What the host's C puts out, of :func:`result_type`."""
    emit(graph, plan(graph), load_target("host"), folder)
    program = build(folder)
    if isinstance(graph.task, Suppression):
        stream = program.open()
        cleaned = np.concatenate([stream.process(samples), stream.flush()])[: len(samples)]
        return to_pcm16(cleaned).astype("<i2")
    heard = program.spot(samples)
    results = np.zeros(len(heard.posteriors), result_type(graph))
    results["posteriors"], results["word"] = heard.posteriors, -1
    for word in heard.detections:
        step = round(word.seconds * graph.task.sample_rate / graph.task.hop) - 1
        results["word"][step] = graph.task.labels.index(word.word)
    return results


def synthetic_voice(sample_rate: int, seconds: float) -> np.ndarray:
    """A buzz that swells and fades three times a second, in white noise; int16."""
    time = np.arange(round(sample_rate * seconds)) / sample_rate
    phase = 2 * np.pi * (120 * time + 3 * np.sin(2 * np.pi * time))
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20)) * np.clip(np.sin(6 * np.pi * time), 0, 1)
    return to_pcm16(0.15 * buzz + np.random.default_rng(0).normal(0, 0.03, len(time)))


def _difference(output: np.ndarray, expected: np.ndarray) -> float:
    if len(output) != len(expected):
        raise OssicleError(f"the chip put out {len(output)} results where the host had {len(expected)}")
    if output.dtype.names is None:
        return float(np.abs(output.astype(int) - expected).max())
    if (output["word"] != expected["word"]).any():
        return 1.0
    return float(np.abs(output["posteriors"] - expected["posteriors"]).max())
