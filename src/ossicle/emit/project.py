"""The C folder of a model: sources, kernels, a Makefile, a program to run it, and ``model.json``."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ossicle.emit.board import board_files, board_summary, check_fit, chip_files
from ossicle.emit.cluster import cluster_files, cluster_summary
from ossicle.emit.context import renderer, task_folder
from ossicle.emit.folder import check_out, write_folder
from ossicle.emit.kernels import find_kernels
from ossicle.emit.names import CLUSTER_VARIABLES, VARIABLES, check_names
from ossicle.emit.proof import prove_accumulators
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.lowering import lower, node_bytes, weight_bytes
from ossicle.schedule import Plan
from ossicle.schedule.cluster import ClusterPlan
from ossicle.schedule.plan import scratch_name
from ossicle.targets import Target


def emit(
    graph: Graph, plan: Plan | ClusterPlan, target: Target, out: Path, backend: str = ""
) -> dict[str, Any]:
    """Write the C folder ``out`` and return its ``model.json``.

    A program for a cluster gets the backend of its target, unless another one is named.

    The folder is built beside ``out`` and then renamed. An ``out`` that holds anything else than an earlier
    output of this function is left alone and refused. So is a model that does not fit the target's memories.
    """
    if target.chip and isinstance(plan, Plan):
        check_fit(graph, plan, target)
    if backend and not isinstance(plan, ClusterPlan):
        raise OssicleError(f"the target {target.name} has no cluster, and so no backend; leave out --backend")
    check_out(out)
    if isinstance(plan, ClusterPlan):
        check_names(graph, plan.layout, VARIABLES | CLUSTER_VARIABLES)
        backend = backend or target.need_cluster().backend
        summary = _summary(graph, plan.layout, target) | cluster_summary(plan, target, backend)
        files = cluster_files(graph, plan, target, backend)
    else:
        _check_scratch(graph, plan, target)
        check_names(graph, plan, VARIABLES)
        summary = _summary(graph, plan, target)
        files = _sources(graph, plan, target)
    program = {"main.c", *chip_files(graph)}
    summary["sources"] = sorted(name for name in files if name.endswith(".c") and name not in program)
    summary["sha256"] = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    files["model.json"] = json.dumps(summary, indent=2) + "\n"
    write_folder(files, out)
    return summary


def _check_scratch(graph: Graph, plan: Plan, target: Target) -> None:
    """Raise where a plan was made for kernels that need less than those of the target."""
    words = {buffer.name: buffer.bytes // 4 for buffer in plan.scratch}
    for node in graph.nodes:
        needed = lower(node, graph.tensors, target.kernels).scratch_words
        if words.get(scratch_name(node), 0) < needed:
            raise OssicleError(
                f"the plan leaves node {node.name!r} less scratch than the {4 * needed} bytes that kernels "
                f"of {target.name} need; make it with plan(graph, kernels=target.kernels)"
            )


def _summary(graph: Graph, plan: Plan, target: Target) -> dict[str, Any]:
    board = {"board": board_summary(graph, plan, target)} if target.chip else {}
    return {
        "name": graph.name,
        "target": target.name,
        "cflags": list(target.cflags),
        "task": graph.task.name,
        **graph.task.record.summary(graph),
        "macs_per_frame": graph.macs,
        "weight_bytes": weight_bytes(graph, target.kernels),
        "node_weight_bytes": {node.name: node_bytes(node, target.kernels) for node in graph.nodes},
        "state_bytes": plan.state_bytes,
        "scratch_bytes": plan.scratch_bytes,
        "largest_accumulator": prove_accumulators(graph),
        "precisions": {node.name: node.precision for node in graph.nodes if OPS[node.op].matrices},
        "plan": {
            kind: [
                {
                    "name": b.name,
                    "type": b.c_type,
                    "count": b.count,
                    "offset": b.offset,
                    "live_range": [b.first, b.last],
                }
                for b in buffers
            ]
            for kind, buffers in (("fields", plan.fields), ("scratch", plan.scratch))
        },
    } | board


def _sources(graph: Graph, plan: Plan, target: Target) -> dict[str, str]:
    render, folder = renderer(graph, plan, target), task_folder(graph)
    files = {
        f"{graph.name}.h": render(f"{folder}model.h.j2"),
        f"{graph.name}.c": render(f"{folder}model.c.j2"),
        f"{graph.name}_weights.h": render("weights.h.j2"),
        f"{graph.name}_weights.c": render("weights.c.j2"),
    }
    if target.chip:
        files |= board_files(graph, target, render)
    else:
        files |= {"main.c": render(f"{folder}main.c.j2"), "Makefile": render("Makefile.j2")}
    return files | find_kernels(files[f"{graph.name}.c"], target.kernels)
