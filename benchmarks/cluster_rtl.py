"""Plans on the RTL testbench, beside the model of their cycles.

    pip install -e '.[rtl]'
    python benchmarks/cluster.py --rtl --record

**RTL**: cycles of verilated CV32E40P cores on the testbench of rtl.md (`cv32e40p-cluster`), the last of
eight frames (of three, for a single worker) of a voice in noise. All samples, and all states of recurrent
layers after each frame, were those of this computer's C. **Model**: the cycles that the discrete-event model
of cluster.md says of the same plan. The testbench multiplies no pairs of halves, so that dense layers are
integers throughout; "w8a8, dense w8a16" has recurrent layers in 8 bits, as `mixed` has them. It has no
instruction cache and no L3.

A frame goes from the reading of samples to their writing. Recurrent layers count from the beginning of each
of their phases to that of the next one, with the waits for tiles in between. Two limits are beside their
products a cycle: that of the DMA engine, since each weight is used once (tiles that are L1-resident, or came
while other layers ran, lift it), and that of the kernels' inner loop on all workers (kernels/cv32e40p.py).
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from record import Result

from ossicle import api
from ossicle.audio.sound import synthetic_voice
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.kernels.cycles import Size
from ossicle.numerics.formats import PRECISIONS
from ossicle.platforms.cluster.execution import ClusterOutput, run_cluster, run_frames
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.cluster.rtl import RtlRun
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.scale import run_all
from ossicle.schedule import Plan, plan
from ossicle.schedule.cluster import ClusterPlan
from ossicle.targets import Target, load_target
from ossicle.targets.variants import with_cluster_sizes
from ossicle.verify.tensor_trace import TracedStates

SCHEMES = ("w8a8, dense w8a16", "int8", "w8a16", "w4a16")
WORKERS = (1, 8)
FRAMES = {1: 3, 8: 8}
"""By workers: a single one takes five times as long, and its program is the same but for its worker range."""
ALONE = ("int8",)
"""Schemes of a single worker."""
LEAD_S = 1 / 12
"""Of the voice, before what the network hears: then it begins where the voice is loudest."""
AUDIBLE = 0.5
"""Fraction of samples, and of the values of each state, that must not be 0, or a comparison says nothing."""
TARGET = "cv32e40p-cluster"
RECURRENT = ("gru", "lstm")


@dataclass(frozen=True)
class Row:
    """A plan on the testbench: the last frame, in cycles."""

    model: str
    scheme: str
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
        """Of the model, as a fraction of the RTL's cycles."""
        return self.modelled / self.cycles - 1

    @property
    def rate(self) -> float:
        """Products a cycle of the recurrent layers."""
        return self.recurrent_macs / self.recurrent

    @property
    def dma_bound(self) -> float:
        """The most that its weights allow, all of which come from L2."""
        return 8 * load_target(TARGET).cluster.dma.rate / PRECISIONS[self.precision].weight_bits

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

    cycles = load_target(TARGET).kernels.need("matvec", precision).cycles

    def group(columns: int) -> float:
        return cycles.of(Size(8, columns)).cycles - cycles.of(Size(4, columns)).cycles

    few, many = 8, 264
    return 4 * (many - few) / (group(many) - group(few))


def measure_all(models: Sequence[str], jobs: int) -> Result:
    """Every scheme of each model on all workers, and some of them on one."""
    cases = [
        (model, scheme, workers)
        for model in models
        for scheme in SCHEMES
        for workers in WORKERS
        if workers > 1 or scheme in ALONE
    ]
    rows = [row.as_dict() for row in run_all(lambda case: measure_model(*case), cases, jobs)]
    settings = {
        "models": models,
        "schemes": SCHEMES,
        "workers": WORKERS,
        "alone": ALONE,
        "frames": FRAMES[WORKERS[-1]],
        "frames_alone": FRAMES[1],
        "target": TARGET,
    }
    packages = ("pythondata-cpu-cv32e40p", "ziglang")
    return Result("cluster_rtl", settings, {"rows": rows}, models, packages=packages)


def measure_model(model: str, scheme: str, workers: int) -> Row:
    """A model of the zoo."""
    graph = api.quantize(api.load(model), precisions(model, scheme)).graph
    found = measure(graph, with_cluster_sizes(load_target(TARGET), workers), FRAMES[workers])
    return replace(found, model=model, scheme=scheme)


def precisions(model: str, scheme: str) -> str | Mapping[str, str]:
    """What to quantize a model to."""
    if scheme != SCHEMES[0]:
        return scheme
    return {node.name: "w8a8" if node.op in RECURRENT else "w8a16" for node in api.load(model).graph.nodes}


def measure(graph: Graph, target: Target, frames: int) -> Row:
    """The last of some frames of a graph on RTL, with samples and states that are this computer's."""
    cluster = target.cluster
    best = best_plan(graph, target)
    chosen = best.plan
    rate, count = graph.task.sample_rate, frames * graph.task.hop
    sound = synthetic_voice(rate, LEAD_S + count / rate)[-count:]
    with tempfile.TemporaryDirectory() as scratch:
        here, there = Path(scratch) / "host", Path(scratch) / "program"
        emit(graph, plan(graph), load_target("host"), here)
        expected = run_frames(build(here), sound, trace=True)
        summary = emit(graph, chosen, target, there)
        run = run_cluster(there, summary, cluster, "rtl", sound, trace=True)
    compare(graph, (plan(graph), expected), (chosen.layout, run))
    recurrent = [node for node in graph.nodes if node.op in RECURRENT]
    found = layer_cycles(chosen, run.rtl)
    return Row(
        graph.name,
        "",
        cluster.workers,
        run.rtl.frame_cycles[-1],
        best.cycles,
        run.rtl.exposed_cycles[-1],
        sum(found[node.name] for node in recurrent),
        sum(node.constants[matrix.weight].size for node in recurrent for matrix in OPS[node.op].matrices),
        recurrent[0].precision.split("+")[0],
    )


def compare(graph: Graph, expected: tuple[Plan, ClusterOutput], found: tuple[Plan, ClusterOutput]) -> None:
    """Raise :class:`OssicleError` where a sample or a state of any frame differs, or where too many are 0."""
    samples = expected[1].samples
    if not np.array_equal(found[1].samples, samples):
        raise OssicleError(f"{graph.name} on the RTL testbench differs from the host")
    if np.mean(samples != 0) < AUDIBLE:
        raise OssicleError(f"{graph.name} put out too much silence to be compared")
    host, bench = (TracedStates(graph, layout, run.states) for layout, run in (expected, found))
    for _ in expected[1].states:
        host.process(samples)
        bench.process(samples)
        for state in graph.states:
            if not np.array_equal(host.value(state.output), bench.value(state.output)):
                raise OssicleError(
                    f"{graph.name} on the RTL testbench differs from the host in {state.output}"
                )
    for state in graph.states:
        if np.mean(host.value(state.output) != 0) < AUDIBLE:
            raise OssicleError(f"{graph.name} has too many zeros in {state.output} to be compared")


def layer_cycles(plan: ClusterPlan, run: RtlRun) -> Mapping[str, int]:
    """Cycles of the last frame by node: from the beginning of each of its phases to that of the next one."""
    # The first fork is that of the frame itself; then each phase begins with one, the last one ends.
    _, *begins = (event.cycle for event in run.frames[-1] if event.kind == "fork")
    if len(begins) != len(plan.phases) + 1:
        raise OssicleError(f"{len(begins) - 1} phases ended where the plan has {len(plan.phases)}")
    found: dict[str, int] = {}
    for phase, begin, end in zip(plan.phases, begins, begins[1:], strict=False):
        found[phase.node] = found.get(phase.node, 0) + end - begin
    return found
