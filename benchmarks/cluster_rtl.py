"""Plans on the RTL bench, beside the model of their cycles.

    pip install -e '.[rtl]'
    python benchmarks/cluster.py --rtl --record

**RTL**: cycles of verilated CV32E40P cores on the bench of rtl.md (`cv32e40p-cluster`), the second of two
hops of a voice in noise; the output was that of this computer's C. **Model**: the cycles that the
discrete-event model of cluster.md says of the same plan. The bench multiplies no pairs of halves, so that
dense layers are integers throughout; "w8a8, dense w8a16" has recurrent layers in 8 bits, as `mixed` has them.
It has no instruction cache and no memory behind L2.

A hop goes from the reading of samples to their writing. Recurrent layers count from the beginning of each of
their steps to that of the next one, with the waits for tiles in between. Two bounds are beside their products
a cycle: that of the DMA engine, since each weight is used once (tiles that stay in L1, or came while other
layers ran, lift it), and that of the kernels' inner loop on all workers (xpulp.py).
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from record import Result

from ossicle import api
from ossicle.emit import emit
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.ops import OPS
from ossicle.graph.types import PRECISIONS
from ossicle.measure.cluster import best_plan
from ossicle.measure.emulated import host_output, synthetic_voice
from ossicle.measure.events import timeline
from ossicle.measure.steps import step_cycles
from ossicle.measure.xpulp import matvec
from ossicle.run.cluster import run_cluster
from ossicle.run.rtl import RtlRun
from ossicle.scale import run_all
from ossicle.schedule.cluster import ClusterPlan
from ossicle.targets import Target, load_target

SCHEMES = ("w8a8, dense w8a16", "int8", "w8a16", "w4a16")
DMA_BYTES = (8, 16)
WORKERS = (1, 8)
HOPS = 2
RECURRENT = ("gru", "lstm")


@dataclass(frozen=True)
class Row:
    """A plan on the bench: the last hop, in cycles."""

    model: str
    scheme: str
    dma_bytes: int
    workers: int
    cycles: int
    modelled: int
    """By the discrete-event model."""
    waiting: int
    """In which all workers wait for a transfer."""
    recurrent: int
    """Of recurrent layers."""
    recurrent_macs: int
    precision: str
    """Of recurrent layers."""

    @property
    def error(self) -> float:
        """Of the model, as a share of the RTL's cycles."""
        return self.modelled / self.cycles - 1

    @property
    def rate(self) -> float:
        """Products a cycle of the recurrent layers."""
        return self.recurrent_macs / self.recurrent

    @property
    def dma_bound(self) -> float:
        """The most that its weights allow, all of which come from L2."""
        return 8 * self.dma_bytes / PRECISIONS[self.precision].weight_bits

    @property
    def loop_bound(self) -> float:
        """The most that the loop of the product allows."""
        return self.workers * loop_rate(self.precision)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self) | {
            name: getattr(self, name) for name in ("error", "rate", "dma_bound", "loop_bound")
        }


def loop_rate(precision: str) -> float:
    """Products a cycle of one worker in the inner loop over four rows, by the model of the kernels."""

    def group(columns: int) -> int:
        return matvec(precision, 8, columns) - matvec(precision, 4, columns)

    few, many = 8, 264
    return 4 * (many - few) / (group(many) - group(few))


def measure_all(models: Sequence[str], jobs: int) -> Result:
    """Every scheme of each model, on all workers and on one, at both speeds of the DMA engine."""
    cases = [
        (model, scheme, dma, workers)
        for dma in DMA_BYTES
        for model in models
        for scheme in SCHEMES
        for workers in WORKERS
    ]
    rows = [row.as_dict() for row in run_all(lambda case: _measure_model(*case), cases, jobs)]
    settings = {
        "models": models,
        "schemes": SCHEMES,
        "dma_bytes": DMA_BYTES,
        "workers": WORKERS,
        "hops": HOPS,
        "target": "cv32e40p-cluster",
    }
    packages = ("pythondata-cpu-cv32e40p", "ziglang")
    return Result("cluster_rtl", settings, {"rows": rows}, models, packages=packages)


def _measure_model(model: str, scheme: str, dma_bytes: int, workers: int) -> Row:
    loaded = api.load(model)
    precisions = (
        {node.name: "w8a8" if node.op in RECURRENT else "w8a16" for node in loaded.graph.nodes}
        if scheme == SCHEMES[0]
        else scheme
    )
    graph = api.quantize(loaded, precisions).graph
    return replace(measure(graph, bench(dma_bytes, workers), HOPS), model=model, scheme=scheme)


def bench(dma_bytes: int, workers: int) -> Target:
    """The RTL bench with another DMA engine and fewer workers."""
    target = load_target("cv32e40p-cluster")
    dma = replace(target.cluster.dma, bytes_per_cycle=dma_bytes)
    return replace(target, cluster=replace(target.cluster, dma=dma, workers=workers))


def measure(graph: Graph, target: Target, hops: int) -> Row:
    """The last of some hops of a graph on the bench, whose output is held against this computer's."""
    cluster, plan = target.cluster, best_plan(graph, target.cluster)
    sound = synthetic_voice(graph.task.sample_rate, hops * graph.task.hop / graph.task.sample_rate)
    with tempfile.TemporaryDirectory() as scratch:
        summary = emit(graph, plan, target, Path(scratch) / "program")
        run = run_cluster(Path(scratch) / "program", summary, cluster, "rtl", sound)
        if not np.array_equal(run.samples, host_output(graph, sound, Path(scratch) / "host")):
            raise OssicleError(f"{graph.name} on the RTL bench differs from the host")
    recurrent = [node for node in graph.nodes if node.op in RECURRENT]
    found = layer_cycles(plan, run.rtl)
    return Row(
        graph.name,
        "",
        int(cluster.dma.bytes_per_cycle),
        cluster.workers,
        run.rtl.hop_cycles[-1],
        timeline(plan, cluster, step_cycles(graph, cluster, plan)).cycles,
        run.rtl.exposed_cycles[-1],
        sum(found[node.name] for node in recurrent),
        sum(node.constants[matrix.weight].size for node in recurrent for matrix in OPS[node.op].matrices),
        recurrent[0].precision.split("+")[0],
    )


def layer_cycles(plan: ClusterPlan, run: RtlRun) -> Mapping[str, int]:
    """Cycles of the last hop by node: from the beginning of each of its steps to that of the next one."""
    # The first fork is that of the hop itself; then each step begins with one, and the last one is the join.
    _, *begins = (event.cycle for event in run.hops[-1] if event.kind == "fork")
    if len(begins) != len(plan.steps) + 1:
        raise OssicleError(f"{len(begins) - 1} steps ended where the plan has {len(plan.steps)}")
    found: dict[str, int] = {}
    for step, begin, end in zip(plan.steps, begins, begins[1:], strict=False):
        found[step.node] = found.get(step.node, 0) + end - begin
    return found
