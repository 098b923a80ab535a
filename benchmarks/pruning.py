"""What pruning saves of matrix products on an emulated Cortex-M7, by granularity, kernel and sparsity.

    pip install -e '.[emulator]'
    python benchmarks/pruning.py --record

Layers of a noise suppressor and of the keyword spotter of arXiv 2208.02765 are pruned by magnitude and
rounded. Their products, without what follows them, run with the kernels that Ossicle has for dense weights
and for blocks of zeros; sums are compared with the exact ones. Instructions are counted; cycles are estimates
by the model in cortexm.md, with weights in flash that the cache does not hold. What a whole network loses is
measured in float.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import tables.pruning
import typer
from kws_kernels import Memory
from kws_pruning import breaks_even
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.cli.app import errors
from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node
from ossicle.graph.model import Model
from ossicle.graph.operator import OPS
from ossicle.kernels import Kernel, load_kernels
from ossicle.kernels.layouts.blocks import blocks_of
from ossicle.numerics.formats import PRECISIONS as PRECISIONS_BY_NAME
from ossicle.platforms.cortexm.build import build_kernels
from ossicle.platforms.cortexm.layer_cycles import layer_costs
from ossicle.platforms.cortexm.machine import Machine
from ossicle.pruning import Pruning, prune
from ossicle.targets import load_target

LAYERS: Mapping[str, tuple[str, ...]] = {"gru256": ("fc_in", "rnn0"), "cnn": ("conv", "bottleneck")}
SPARSITIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PRECISIONS = ("w8a16", "w8a8")
MASKS = ("weight", "vector", "block")
LISTENED = "gru256"
SPARSITIES_OF_OUTPUTS = (0.25, 0.5, 0.7)
TARGET = "stm32f767"
SET = load_kernels(["cortexm"])
FOLDER = Path(str(resources.files("ossicle"))) / "kernels" / "cortexm"
NETWORK_BYTES = 1 << 20
"""Of other weights, so that none of a layer stays in the cache until the next frame."""


@dataclass(frozen=True)
class Cost:
    """What the products of a layer take in a frame."""

    instructions: float = 0.0
    cycles: float = 0.0
    bytes: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


class Products:
    """The kernels on a core."""

    def __init__(self) -> None:
        target = load_target(TARGET)
        names = {kernel.name for precision in PRECISIONS for kernel in kernels_of(precision).values()}
        self.machine = Machine(
            build_kernels([FOLDER / f"{name}.c" for name in sorted(names)], target), target
        )
        self.profile = self.machine.profile({"kernel": []})

    def cost(self, node: Node, operation: str) -> Cost:
        """Of all products of a node in a frame; blocks multiply one operand after another."""
        found = Cost()
        for index, matrix in enumerate(OPS[node.op].matrices):
            kernel = kernels_of(node.product(index).name)[operation]
            found += self._cost(node.constants[matrix.weight], kernel, node, index)
        return found

    def _cost(self, weight: np.ndarray, kernel: Kernel, node: Node, index: int) -> Cost:
        precision, times = node.product(index), OPS[node.op].weight_reuse(node)
        (rows, columns), put = weight.shape, Memory(self.machine).put
        x = np.random.default_rng(0).integers(-100, 100, (times, columns)).astype(precision.operand.numpy)
        table = kernel.layout.pack(weight, precision)
        matrix = put(np.array([put(table), 0, 0, 0, rows, columns], np.uint32))
        source, sums = put(x), put(np.zeros((times, rows), np.int32))
        values = {"matrix": matrix, "scratch": put(np.zeros(kernel.scratch(rows, columns), np.int8))}
        values |= {"x_step": columns, "y_step": rows, "count": times}
        self.profile.clear()
        for one in range(1 if "count" in kernel.parameters else times):
            values |= {"x": source + one * x[0].nbytes, "sums": sums + 4 * one * rows}
            self.machine.call(kernel.name, *(values[name] for name in kernel.parameters))
        found = np.frombuffer(self.machine.read(sums, 4 * times * rows), np.int32).reshape(times, rows)
        if not np.array_equal(found, x.astype(np.int64) @ weight.T.astype(np.int64)):
            raise OssicleError(f"{kernel.name} gives other sums than the exact ones")
        size = {"kernel": table.nbytes, "network": NETWORK_BYTES}
        (cost,) = layer_costs(self.profile, self.machine.elf, self.machine.chip, 1, size)
        return Cost(cost.instructions, cost.cycles or 0.0, table.nbytes)


def kernels_of(precision: str) -> dict[str, Kernel]:
    """Those of a precision by what they do with a weight."""
    return {operation: SET.need(operation, precision) for operation in ("matvec", "matmat", "matvec_blocks")}


def main(record: RecordOption = False, json_: JsonOption = False) -> None:
    """Print what the products of each layer take, relative to dense ones."""
    models, products = {name: api.load(name) for name in LAYERS}, Products()
    costs: dict[str, Any] = {}
    for name, layers in LAYERS.items():
        for layer in layers:
            with errors.status(f"pruning {layer} of {name}"):
                costs[f"{name} {layer}"] = {
                    precision: measure(products, models[name], layer, precision) for precision in PRECISIONS
                }
    with errors.status(f"pruning all of {LISTENED}"):
        results = {"costs": costs, "sqnr_db": outputs(models[LISTENED])}
    shapes = {
        f"{name} {layer}": _shapes(models[name].graph, layer)
        for name, layers in LAYERS.items()
        for layer in layers
    }
    settings = {"sparsities": SPARSITIES, "target": TARGET, "layers": shapes}
    settings |= {"model": LISTENED, "sparsities_of_outputs": SPARSITIES_OF_OUTPUTS}
    found = Result("pruning", settings, results, tuple(LAYERS), packages=("unicorn", "ziglang"))
    conclude(found, tables.pruning.tables(results, settings), record, json_)


def measure(products: Products, model: Model, layer: str, precision: str) -> dict[str, Any]:
    """Costs of a layer by granularity at each sparsity, and from which on each is less than the dense one."""
    node = _node(model.graph, layer)
    several = "matmat" if OPS[node.op].weight_reuse(node) > 1 else "matvec"
    dense = products.cost(_rounded(node, precision), several)
    shrinking = "unit" if OPS[node.op].recurrent else "filter"
    found: dict[str, Any] = {"dense": asdict(dense), "at": {}, "pays_from": {}, "blocks": {}}
    for granularity in (*MASKS, shrinking):
        operation = "matvec_blocks" if granularity in MASKS else several
        nodes = [
            _rounded(_node(_pruned(model, layer, granularity, sparsity), layer), precision)
            for sparsity in SPARSITIES
        ]
        costs = [products.cost(of, operation) for of in nodes]
        found["at"][granularity] = [asdict(cost) for cost in costs]
        found["pays_from"][granularity] = {
            unit: breaks_even([getattr(cost, unit) for cost in costs], getattr(dense, unit), SPARSITIES)
            for unit in asdict(dense)
        }
        if granularity in MASKS:
            found["blocks"][granularity] = [_present(of) for of in nodes]
    return found


def outputs(model: Model) -> dict[str, list[float]]:
    """SQNR of the output of a float network all of whose layers are pruned, on a synthetic voice."""
    return {
        f"{granularity}, {criterion}": [
            api.prune(model, granularity, sparsity, criterion).sqnr_db for sparsity in SPARSITIES_OF_OUTPUTS
        ]
        for granularity in ("block", "filter", "unit")
        for criterion in ("random", "magnitude", "obs")
    }


def _pruned(model: Model, layer: str, granularity: str, sparsity: float) -> Graph:
    if not sparsity:
        return model.graph
    return prune(model.graph, Pruning(granularity, sparsity, layers=(layer,)), model.calibration).graph


def _rounded(node: Node, precision: str) -> Node:
    """The layer with weights rounded to the nearest code, which is all that its products depend on."""
    constants, precisions = dict(node.constants), [PRECISIONS_BY_NAME[precision]] * len(OPS[node.op].matrices)
    for matrix in OPS[node.op].matrices:
        weight = constants[matrix.weight]
        largest = np.abs(weight).max(axis=1, keepdims=True)
        codes = np.rint(weight * (precisions[0].largest_weight / np.where(largest > 0, largest, 1)))
        constants[matrix.weight] = codes.astype(np.int8)
    return replace(node, constants=constants, precisions=tuple(precisions))


def _present(node: Node) -> float:
    """Fraction of the blocks of a layer's matrices that are not zero."""
    blocks = [blocks_of(node.constants[matrix.weight]) for matrix in OPS[node.op].matrices]
    return float(np.concatenate([of.any(axis=(2, 3)).ravel() for of in blocks]).mean())


def _node(graph: Graph, name: str) -> Node:
    return next(node for node in graph.nodes if node.name == name)


def _shapes(graph: Graph, layer: str) -> str:
    node = _node(graph, layer)
    shapes = (node.constants[matrix.weight].shape for matrix in OPS[node.op].matrices)
    return ", ".join(f"{rows} x {columns}" for rows, columns in shapes)


if __name__ == "__main__":
    typer.run(main)
