"""The study's own convolutions (``kws_m7/``) on an emulated core: what they compute, and what they take."""

import struct
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node
from ossicle.kernels import FOLDER as KERNELS
from ossicle.kernels import load_kernels
from ossicle.kernels.layouts import SMLAD
from ossicle.platforms.chip_emulation import LayerCost
from ossicle.platforms.cortexm.build import build_kernels
from ossicle.platforms.cortexm.layer_cycles import layer_costs
from ossicle.platforms.cortexm.machine import Machine
from ossicle.simulate import Simulator
from ossicle.targets import Target

FOLDER = Path(__file__).parent / "kws_m7"
VECTOR = 30
"""Weights of a filter at one mel band."""
FACTORS = ("bias", "multiplier", "shift")
"""Constants of a matrix besides its weights, in the order of the C struct; a float one has the first only."""


@dataclass(frozen=True)
class Loop:
    """One of the study's functions, and how it is compiled (``kws_m7.h``)."""

    function: str
    lanes: int = 1
    skip: bool = False

    def sources(self, bits: int) -> list[Path]:
        """The C files that it needs for weights of so many bits."""
        own = [FOLDER / f"{self.function}.c"]
        if self.function != "kws_row_blocks":
            return own
        cortexm = KERNELS / "cortexm"
        return [*own, cortexm / f"osc_matvec_w{bits}a16.c", cortexm / "osc_requantize_s16.c"]


def convolution(graph: Graph) -> Node:
    """The convolution of the network, in the precision that the graph gives it."""
    return next(node for node in graph.nodes if node.op == "conv2d")


def operands(graph: Graph, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the convolution reads and what it is to give, of patches ``(n, inputs)``."""
    node, values = convolution(graph), Simulator(graph, len(patches)).trace(patches)
    return values[node.inputs["x"]], values[node.outputs["y"]]


def run_loop(
    loop: Loop, node: Node, x: np.ndarray, target: Target, network_bytes: int
) -> tuple[np.ndarray, LayerCost]:
    """Results of the convolution of each row of ``x``, and its cost on average.

    ``network_bytes`` are the constants of the whole network: where they are more than the data cache holds,
    those of the convolution come from flash, each once.
    """
    bits = node.product(0).weight_bits
    defines = (f"-DKWS_WEIGHTS={bits}", f"-DKWS_LANES={loop.lanes}", f"-DKWS_SKIP={int(loop.skip)}")
    # The headers of the products are needed whatever the target's kernels are.
    compiled = replace(
        target,
        kernels=load_kernels(["cortexm", "portable"]),
        cflags=(*target.cflags, *defines, f"-I{FOLDER}"),
    )
    machine = Machine(build_kernels(loop.sources(bits), compiled), compiled)
    memory = Memory(machine)
    rows, columns = node.constants["weight"].shape
    tables = _tables(loop, node)
    matrix = memory.put(_struct([memory.put(table) for table in tables[: 1 + _factors(node)]], rows, columns))
    extra = [memory.put(table) for table in tables[1 + _factors(node) :]]
    size = rows * (x.shape[1] // (4 * VECTOR) - 1)
    source, result = memory.put(np.zeros_like(x[0])), memory.put(np.zeros(size, x.dtype))
    profile, results = machine.profile({"kernel": []}), []
    for patch in x:
        machine.write(source, patch.tobytes())
        machine.call(loop.function, matrix, source, result, *extra)
        results.append(np.frombuffer(machine.read(result, size * x.itemsize), x.dtype))
    table_bytes = {"kernel": sum(table.nbytes for table in tables), "network": network_bytes}
    (cost,) = layer_costs(profile, machine.elf, machine.chip, len(x), table_bytes)
    return np.array(results), cost


def checked_cost(
    loop: Loop, node: Node, x: np.ndarray, expected: np.ndarray, target: Target, network_bytes: int
) -> LayerCost:
    """The cost; raises :class:`OssicleError` where the results are not the expected ones."""
    y, cost = run_loop(loop, node, x, target, network_bytes)
    same = np.array_equal(y, expected) if node.integer else np.allclose(y, expected, rtol=1e-4, atol=1e-4)
    if not same:
        raise OssicleError(f"{loop} gives other results than the simulation of {node.precision}")
    return cost


class Memory:
    """Arrays one after the other in the memory that a program does not use."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.next = machine, machine.free

    def put(self, data: np.ndarray | bytes) -> int:
        """Copy data; returns its address, a multiple of 8."""
        raw = data if isinstance(data, bytes) else data.tobytes()
        address = self.next
        self.machine.write(address, raw)
        self.next = -(-(address + len(raw)) // 8) * 8
        return address


def _factors(node: Node) -> int:
    return 3 if node.integer else 1


def _struct(addresses: list[int], rows: int, columns: int) -> bytes:
    return struct.pack(f"<{len(addresses)}Iii", *addresses, rows, columns)


def _tables(loop: Loop, node: Node) -> list[np.ndarray]:
    """The constants as the function reads them: weights, factors, then what it takes besides."""
    weight, product = node.constants["weight"], node.product(0)
    factors = [node.constants[name] for name in FACTORS[: _factors(node)]]
    if loop.function == "kws_row_blocks":
        return [SMLAD.pack(weight, product), *factors]
    if loop.function == "kws_nonzeros":
        there = weight != 0
        return [weight[there], *factors, there.nonzero()[1].astype(np.uint8), there.sum(1).astype(np.uint8)]
    if loop.function != "kws_vectors":
        return [weight, *factors]
    vectors = weight.reshape(len(weight), -1, VECTOR)
    present = vectors.any(axis=2)
    return [vectors[present], *factors, np.packbits(present, axis=1, bitorder="little")]
