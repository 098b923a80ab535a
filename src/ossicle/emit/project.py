"""The C folder of a model: sources, kernels, a Makefile, a program to run it, and ``model.json``."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from importlib import resources
from pathlib import Path

import jinja2
import numpy as np

from ossicle.audio.stft import hann
from ossicle.emit.c_text import array_text
from ossicle.emit.packing import pack
from ossicle.emit.proof import prove_accumulators
from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node
from ossicle.graph.ops import OPS
from ossicle.schedule import Plan
from ossicle.simulate.numbers import fixed_point
from ossicle.targets import Target

KERNELS = resources.files("ossicle") / "kernels"
KERNEL_NAME = re.compile(r"\bosc_[a-z0-9_]+\b")


def emit(graph: Graph, plan: Plan, target: Target, out: Path) -> dict:
    """Write the C folder ``out`` and return its ``model.json``.

    The folder is built beside ``out`` and then renamed. An ``out`` that holds anything else than an earlier
    output of this function is left alone and refused.
    """
    if out.exists() and not (out / "model.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise OssicleError(f"{out} exists and is not an emitted folder; choose another one")
    summary = _summary(graph, plan, target)
    files = _sources(graph, plan, target)
    summary["sources"] = sorted(name for name in files if name.endswith(".c") and name != "main.c")
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
    return {
        "name": graph.name,
        "target": target.name,
        "cflags": list(target.cflags),
        "stft": graph.stft.as_dict(),
        "latency_samples": graph.stft.latency,
        "macs_per_step": graph.macs,
        "weight_bytes": weight_bytes(graph, target.packing),
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
    }


def weight_bytes(graph: Graph, packing: str = "rows") -> int:
    """Bytes of all the constants of the nodes, biases and fixed-point factors included."""
    return sum(array.nbytes for node in graph.nodes for array in stored_constants(node, packing).values())


def stored_constants(node: Node, packing: str = "rows") -> dict[str, np.ndarray]:
    """The constants of a node as the C holds them, integer weights in one of :data:`PACKINGS`."""
    stored = dict(node.constants)
    for index, matrix in enumerate(OPS[node.op].matrices):
        if node.integer:
            stored[matrix.weight] = pack(stored[matrix.weight], node.product(index), packing)
    return stored


def _sources(graph: Graph, plan: Plan, target: Target) -> dict[str, str]:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ossicle.emit"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    angles = 2 * np.pi * np.arange(graph.stft.n_fft // 2) / graph.stft.n_fft
    twiddle = np.stack([np.cos(angles), -np.sin(angles)], axis=1).astype(np.float32)
    context = {
        "graph": graph,
        "name": graph.name,
        "NAME": graph.name.upper(),
        "plan": plan,
        "target": target,
        "weight_bytes": weight_bytes(graph, target.packing),
        "fields": {name: state.input for state in graph.states for name in (state.input, state.output)},
        "hann": array_text(hann(graph.stft.window)),
        "twiddle": array_text(twiddle),
        "overlap_gain": array_text(np.float32([graph.stft.overlap_gain])),
        "array_text": array_text,
        "c_type": _c_type,
        "constants": {node.name: stored_constants(node, target.packing) for node in graph.nodes},
        "steps_per_unit": lambda tensor: array_text(np.float32([1 / tensor.scale])),
        "scale": lambda tensor: array_text(np.float32([tensor.scale])),
        "fixed_point": lambda factor: fixed_point(np.float64(factor)),
    }

    def render(template: str) -> str:
        return environment.get_template(template).render(context)

    files = {
        f"{graph.name}.h": render("model.h.j2"),
        f"{graph.name}.c": render("model.c.j2"),
        f"{graph.name}_weights.h": render("weights.h.j2"),
        f"{graph.name}_weights.c": render("weights.c.j2"),
        "main.c": render("main.c.j2"),
        "Makefile": render("Makefile.j2"),
    }
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
