"""The C folder of a model: sources, kernels, what a platform puts around them, and ``model.json``."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ossicle.emit.context import Renderer, renderer, task_folder
from ossicle.emit.folder import write_folder
from ossicle.emit.kernels import find_kernels
from ossicle.emit.names import check_names
from ossicle.emit.package import left_to_sketches, package_files
from ossicle.emit.proof import prove_accumulators
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.lowering import lower, node_bytes, weight_bytes
from ossicle.schedule import Plan
from ossicle.schedule.plan import scratch_name
from ossicle.targets import Target

NAMES_HEADER = "osc_names.h"
KERNEL_FILE = re.compile(r"osc_[a-z0-9_]+\.c")


@dataclass(frozen=True)
class Project:
    """What a C folder is to hold."""

    files: Mapping[str, str]
    """Texts by file name."""
    summary: Mapping[str, Any]
    """What ``model.json`` says besides the names and hashes of the files."""
    surroundings: frozenset[str]
    """Files around the model, which another program that calls it leaves out."""


def write_project(project: Project, out: Path) -> dict[str, Any]:
    """Write the C folder ``out``, whole or not at all, and return its ``model.json``."""
    sources = sorted(
        name for name in project.files if name.endswith(".c") and name not in project.surroundings
    )
    files = {**project.files, **({NAMES_HEADER: _names(project)} if sources else {})}
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    summary = {**project.summary, "sources": sources, "sha256": hashes}
    write_folder({**files, "model.json": json.dumps(summary, indent=2) + "\n"}, out)
    return summary


def _names(project: Project) -> str:
    """A header that gives each kernel a prefix; a kernel's file has its name."""
    name = project.summary["name"]
    kernels = sorted(file.removesuffix(".c") for file in project.files if KERNEL_FILE.fullmatch(file))
    defines = "".join(f"#define {kernel} {name}_{kernel}\n" for kernel in kernels)
    return (
        "/* SPDX-License-Identifier: Apache-2.0 */\n"
        f"/* Kernels of {name} have names of their own, so that several models link into one program. */\n"
        f"#ifndef OSC_NAMES_H\n#define OSC_NAMES_H\n\n{defines}\n#endif\n"
    )


def one_core_project(
    graph: Graph,
    plan: Plan,
    target: Target,
    templates: Path,
    surround: Callable[[Renderer], Mapping[str, str]],
    more: Mapping[str, Any],
) -> Project:
    """The project of a model that one core runs.

    ``surround`` makes the files around the model of templates, also of those of the platform in
    ``templates``; ``more`` is what ``model.json`` says of the platform.
    """
    _check_scratch(graph, plan, target)
    check_names(graph, plan)
    render, folder = renderer(graph, plan, target, templates), task_folder(graph)
    summary = summarize(graph, plan, target)
    model = {
        f"{graph.name}.h": render(f"{folder}model.h.j2"),
        f"{graph.name}.c": render(f"{folder}model.c.j2"),
        f"{graph.name}_weights.h": render("weights.h.j2"),
        f"{graph.name}_weights.c": render("weights.c.j2"),
    }
    around = left_to_sketches(surround(render))
    if clash := sorted(model.keys() & around.keys()):
        raise OssicleError(f"graph: {graph.name!r} has a file {clash[0]} that is another's; rename the graph")
    kernels = find_kernels(model[f"{graph.name}.c"], target.kernels)
    sources = sorted(file for file in (*model, *kernels) if file.endswith(".c"))
    packages = package_files(graph, target, sources, around, render)
    return Project({**model, **around, **kernels, **packages}, {**summary, **more}, frozenset(around))


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


def summarize(graph: Graph, plan: Plan, target: Target) -> dict[str, Any]:
    """What ``model.json`` says on every platform; raises where an accumulator could overflow."""
    return {
        "name": graph.name,
        "target": target.name,
        "platform": target.platform,
        "cflags": list(target.cflags),
        "task": graph.task.name,
        **graph.task.record.summary(graph),
        "macs_per_frame": graph.macs,
        "weight_bytes": weight_bytes(graph, target.kernels),
        "node_weight_bytes": {node.name: node_bytes(node, target.kernels) for node in graph.nodes},
        "state_bytes": plan.state_bytes,
        "scratch_bytes": plan.scratch_bytes,
        "streams": target.kernels.streams,
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
    }
