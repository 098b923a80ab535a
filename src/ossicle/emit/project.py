"""The C folder of a model: sources, kernels, a Makefile, a program to run it, and ``model.json``."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import astuple
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ossicle.emit.board import board_files, board_summary, check_fit
from ossicle.emit.c_text import array_text, template_environment
from ossicle.emit.names import check_names
from ossicle.emit.proof import prove_accumulators
from ossicle.emit.sizes import node_bytes, stored_constants, weight_bytes
from ossicle.emit.tables import tables
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.ops import OPS
from ossicle.graph.ops.conv2d import window_scratch
from ossicle.graph.ops.window import Window
from ossicle.graph.task import Suppression
from ossicle.schedule import Plan
from ossicle.schedule.blocks import filters_at_a_time
from ossicle.schedule.plan import C_TYPES
from ossicle.simulate.numbers import fixed_point
from ossicle.simulate.softmax import exponent_factor
from ossicle.targets import Target

KERNELS = resources.files("ossicle") / "kernels"
KERNEL_NAME = re.compile(r"\bosc_[a-z0-9_]+\b")


def emit(graph: Graph, plan: Plan, target: Target, out: Path) -> dict:
    """Write the C folder ``out`` and return its ``model.json``.

    The folder is built beside ``out`` and then renamed. An ``out`` that holds anything else than an earlier
    output of this function is left alone and refused. So is a model that does not fit the target's memories.
    """
    if target.chip:
        check_fit(graph, plan, target)
    if out.exists() and not (out / "model.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise OssicleError(f"{out} exists and is not an emitted folder; choose another one")
    check_names(graph, plan)
    summary = _summary(graph, plan, target)
    files = _sources(graph, plan, target)
    program = ("main.c", "startup.c", "audio.c")
    summary["sources"] = sorted(name for name in files if name.endswith(".c") and name not in program)
    summary["sha256"] = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    files["model.json"] = json.dumps(summary, indent=2) + "\n"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            for name, text in files.items():
                (partial / name).write_text(text, "utf-8")
            partial.chmod(0o755)
            if out.exists():
                shutil.rmtree(out)
            os.replace(partial, out)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise OssicleError(f"cannot write {out} ({error.strerror}); choose another folder") from None
    return summary


def _summary(graph: Graph, plan: Plan, target: Target) -> dict:
    board = {"board": board_summary(graph, plan, target)} if target.chip else {}
    return {
        "name": graph.name,
        "target": target.name,
        "cflags": list(target.cflags),
        **graph.task.as_dict(),
        "sample_rate": graph.task.sample_rate,
        "hop": graph.task.hop,
        "latency_samples": graph.task.stft.latency if isinstance(graph.task, Suppression) else 0,
        "macs_per_step": graph.macs,
        "weight_bytes": weight_bytes(graph, target.packing),
        "node_weight_bytes": {node.name: node_bytes(node, target.packing) for node in graph.nodes},
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
                    "steps": [b.first, b.last],
                }
                for b in buffers
            ]
            for kind, buffers in (("fields", plan.fields), ("scratch", plan.scratch))
        },
    } | board


def _sources(graph: Graph, plan: Plan, target: Target) -> dict[str, str]:
    context = {
        "graph": graph,
        "name": graph.name,
        "NAME": graph.name.upper(),
        "plan": plan,
        "target": target,
        "weight_bytes": weight_bytes(graph, target.packing),
        "fields": {name: state.input for state in graph.states for name in (state.input, state.output)},
        "tables": tables(graph.task),
        "array_text": array_text,
        "c_strings": lambda texts: ", ".join(f'"{text}"' for text in texts),
        "c_type": _c_type,
        "c_types": C_TYPES,
        "window": lambda node: ", ".join(str(size) for size in astuple(Window.of(node))),
        "positions": lambda node: OPS[node.op].uses(node),
        "filters_at_a_time": lambda node: filters_at_a_time(
            node, node_bytes(node, target.packing), target.chip.weights.cache_bytes if target.chip else 0
        ),
        "window_words": lambda node: window_scratch(node) // 4,
        "exponent_factor": exponent_factor,
        "constants": {node.name: stored_constants(node, target.packing) for node in graph.nodes},
        "steps_per_unit": lambda tensor: array_text(np.float32([1 / tensor.scale])),
        "scale": lambda tensor: array_text(np.float32([tensor.scale])),
        "fixed_point": lambda factor: fixed_point(np.float64(factor)),
    }

    if isinstance(graph.task, Suppression):
        context |= {
            "role": "suppressor",
            "overlap_gain": array_text(np.float32([graph.task.stft.overlap_gain])),
        }
    else:
        context |= {"role": "spotter", "threshold": array_text(np.float32([graph.task.detector.threshold]))}

    def render(template: str, more: Mapping[str, Any] = MappingProxyType({})) -> str:
        return template_environment().get_template(template).render(context | dict(more))

    files = {
        f"{graph.name}.h": render(f"{context['role']}/model.h.j2"),
        f"{graph.name}.c": render(f"{context['role']}/model.c.j2"),
        f"{graph.name}_weights.h": render("weights.h.j2"),
        f"{graph.name}_weights.c": render("weights.c.j2"),
    }
    if target.chip:
        files |= board_files(target, render)
    else:
        files |= {"main.c": render(f"{context['role']}/main.c.j2"), "Makefile": render("Makefile.j2")}
    return files | _kernels(files[f"{graph.name}.c"], target)


def _kernels(caller: str, target: Target) -> dict[str, str]:
    """The kernel sources and headers that the text of ``caller`` needs, and those that these need in turn."""
    found = {name: _kernel(name, target) for name in ("osc_kernels.h", "osc_math.h")}
    pending = [caller, found["osc_math.h"]]
    while pending:
        for name in set(KERNEL_NAME.findall(pending.pop())):
            for file in (f"{name}.c", f"{name}.h"):
                text = _kernel(file, target)
                if text and file not in found:
                    found[file] = text
                    pending.append(text)
    return found


def _kernel(file: str, target: Target) -> str:
    for folder in target.kernels:
        path = KERNELS / folder / file
        if path.is_file():
            return path.read_text("utf-8")
    return ""


def _c_type(array: np.ndarray) -> str:
    return {"float32": "float", "float16": "osc_half_t"}.get(array.dtype.name, f"{array.dtype.name}_t")
