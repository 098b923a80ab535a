"""The C of a cluster program: a cluster controller that follows the transfer schedule, and workers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from ossicle.emit.c_text import array_text
from ossicle.emit.calls import (
    Site,
    call_text,
    headers,
    replaced_text,
    stage_text,
    staging_kernel,
    table_name,
)
from ossicle.emit.context import renderer, task_folder
from ossicle.emit.kernels import find_kernels
from ossicle.emit.names import check_names
from ossicle.emit.project import Project, summarize
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.kernels import FOLDER, Kernels
from ossicle.lowering import Lowered, matrix_constants
from ossicle.platforms.cluster.bare import LINK_FLAGS, LINKED, OWN, SHARED, TEMPLATES, BareMachine, zig_flags
from ossicle.schedule.cluster import ClusterPlan, Command, Phase
from ossicle.schedule.plan import scratch_name
from ossicle.schedule.tiles import (
    Tile,
    lower_shared,
    range_begin,
    slice_bytes,
    staged,
    staged_name,
    tile_bytes,
)
from ossicle.targets import ClusterTarget

LOCALS = """
at begin begin_hh begin_ih bin count end end_hh end_ih frame items layer rows scratch unit units weights
weights_hh weights_ih worker
"""
VARIABLES = frozenset(LOCALS.split())
"""Variables of the functions of phases."""
BACKENDS = ("pmsis", "threads", "harts", "rtl")
"""What a cluster program can run on: a file of ``kernels/cluster`` and a folder of templates each."""
UNVERIFIED = {
    "pmsis": "This program has never met GAP's compiler, GVSoC or a GAP9: its C was only run on an "
    "imitation of the SDK, on threads. docs/gap9.md of Ossicle lists what nobody has checked."
}
"""What to say where a program is emitted that could not be tried."""


def project(graph: Graph, plan: ClusterPlan, target: ClusterTarget, backend: str = "") -> Project:
    """What the C folder is to hold, for a backend, by default that of the target."""
    check_names(graph, plan.layout, VARIABLES)
    backend = backend or target.cluster.backend
    summary = summarize(graph, plan.layout, target) | cluster_summary(plan, target, backend)
    files = cluster_files(graph, plan, target, backend)
    return Project(files, summary, frozenset({"main.c", *OWN} & files.keys()))


def cluster_files(graph: Graph, plan: ClusterPlan, target: ClusterTarget, backend: str) -> dict[str, str]:
    """Texts of the files by name, for a backend, which is one of the folders of templates."""
    render = renderer(graph, plan.layout, target, TEMPLATES)
    context = _context(graph, plan, target) | {"unverified": UNVERIFIED.get(backend, "")}
    if backend in LINKED:
        context["zig_flags"] = (*zig_flags(backend, plan.workers), *LINK_FLAGS)
    texts = {
        f"{graph.name}.h": render(f"{task_folder(graph)}model.h.j2", context),
        f"{graph.name}.c": render("cluster/model.c.j2", context),
        f"{graph.name}_weights.h": render("cluster/weights.h.j2", context),
        f"{graph.name}_weights.c": render("cluster/weights.c.j2", context),
        f"{backend}.c": (FOLDER / "cluster" / f"{backend}.c").read_text("utf-8"),
    }
    own = {
        template.name: f"cluster/{backend}/{template.name}" for template in (TEMPLATES / backend).iterdir()
    }
    shared = {f"{name}.j2": f"cluster/{name}.j2" for name in SHARED if backend in LINKED}
    for name, template in sorted((shared | own).items()):
        texts[name.removesuffix(".j2")] = render(template, context)
    callers = "".join(text for name, text in texts.items() if name.endswith(".c"))
    return find_kernels(callers, target.kernels) | texts


def cluster_summary(plan: ClusterPlan, target: ClusterTarget, backend: str) -> dict[str, Any]:
    """What ``model.json`` says besides: the state with the tile area, backend, plan."""
    state_bytes, _ = _state_bytes(plan)
    cflags = [
        *target.cflags,
        f"-DOSC_WORKERS={plan.workers}",
        *(["-pthread"] if backend == "threads" else []),
    ]
    return {
        "backend": backend,
        "cflags": cflags,
        "state_bytes": state_bytes,
        "unverified": UNVERIFIED.get(backend, ""),
        "cluster": plan.as_dict(),
    }


def tile_image(lowered: Lowered, tile: Tile, workers: int) -> bytes:
    """The bytes of a tile, as :mod:`ossicle.schedule.tiles` lays them out."""
    begins = [tile.first + range_begin(tile.units, workers, worker) for worker in range(workers + 1)]
    slices = [_slice(lowered, begin, end) for begin, end in pairwise(begins) if end > begin]
    image = b"".join(slices)
    assert len(image) == tile_bytes(lowered, tile.units, workers)
    return image


def _slice(lowered: Lowered, begin: int, end: int) -> bytes:
    rows = np.concatenate([np.arange(begin, end) + gate * lowered.body.units for gate in range(lowered.rows)])
    data = b""
    for product in lowered.products:
        weight, *others = (of[rows] for of in matrix_constants(lowered.node, product).values())
        for part in (product.layout.pack(weight, product.precision), *others):
            data += _padded(part.tobytes(), 4)
    return _padded(data, 8)


def _padded(data: bytes, to: int) -> bytes:
    return data + bytes(-len(data) % to)


def _state_bytes(plan: ClusterPlan) -> tuple[int, int]:
    """Bytes of the state struct, and of the tile area in it, which is aligned to 8."""
    before = len(_padded(bytes(plan.layout.state_bytes), 8))
    return before + plan.tile_area_bytes, plan.tile_area_bytes


def _context(graph: Graph, plan: ClusterPlan, target: ClusterTarget) -> dict[str, Any]:
    shared = lower_shared(graph, target.kernels)
    buffers = {buffer.name: buffer for buffer in plan.layout.scratch}
    state_bytes, tile_area = _state_bytes(plan)

    def image(indices: Sequence[int]) -> str:
        tiles = (plan.tiles[index] for index in indices)
        data = b"".join(tile_image(shared[tile.node], tile, plan.workers) for tile in tiles)
        return array_text(np.frombuffer(data, "<u4"))

    return {
        "cluster_plan": plan,
        "state_bytes": state_bytes,
        "tile_bytes": tile_area,
        "weight_bytes": sum(tile.bytes for tile in plan.tiles),
        **asdict(BareMachine.for_state(plan.workers, target.cluster.stack_bytes, state_bytes)),
        "l2_words": sum(plan.tiles[index].bytes for index in plan.in_l2) // 4,
        "l3_words": sum(plan.tiles[index].bytes for index in plan.in_l3) // 4,
        "l2_image": image(plan.in_l2),
        "l3_image": image(plan.in_l3),
        "residents_in_l3": bool(plan.l1_resident) and plan.l1_resident[0].tile in plan.in_l3,
        "schedule_text": _schedule_text,
        "slice_sizes": lambda phase: _slice_sizes(phase, shared, plan.workers),
        "worker_calls": lambda lowered, tensor: _worker_calls(lowered, graph.name, tensor),
        "parameters": {
            table_name(graph.name, node, name): table
            for node in graph.nodes
            for name, table in OPS[node.op].tables(node).items()
        },
        "staged": staged,
        "staged_name": staged_name,
        "stage": lambda product, source, buffer, begin, end: stage_text(
            staging_kernel(product, target.kernels), source, product, buffer, begin, end
        ),
        "headers": _headers(shared, target.kernels),
        "buffer_type": lambda node: buffers[scratch_name(node)].c_type,
        "scratch_stride": lambda node: buffers[scratch_name(node)].count // plan.workers,
        "staging_names": _staging_names,
        "layer_names": _layer_names,
    }


def _worker_calls(lowered: Lowered, model: str, tensor: Callable[[str], str]) -> list[str]:
    site = worker_site(lowered, model, tensor)
    return replaced_text(lowered, site) + [call_text(call, site) for call in lowered.body.calls]


def worker_site(lowered: Lowered, model: str, tensor: Callable[[str], str]) -> Site:
    """Where a worker computes its slice of a tile, or its worker range of a node without weights.

    The variables are those of ``cluster/layers.j2``.
    """
    node = lowered.node
    first, units = "unit", "count"
    if not lowered.products:
        first, units = "begin", f"osc_range_begin({lowered.body.units}, worker + 1) - begin"
    return Site(
        lambda port: f"{tensor(node.inputs[port])} + {first}",
        lambda port: f"{tensor(node.outputs[port])} + {first}",
        lambda name: f"{table_name(model, node, name)} + {first}",
        lambda product: tensor(product.operand),
        lambda product: staged_name(lowered, product),
        lambda product: f"weights{product.suffix}",
        "layer",
        "scratch",
        "scratch",
        units,
        "rows" if lowered.rows > 1 else units,
    )


def _headers(shared: Mapping[str, Lowered], kernels: Kernels) -> list[str]:
    """Those that declare what workers call, and that take their matrices."""
    taking = {product.kernel.take_header for lowered in shared.values() for product in lowered.products}
    return sorted({"osc_slice.h", "osc_parallel.h"} | taking | set(headers(shared.values(), kernels)))


def _slice_sizes(phase: Phase, shared: Mapping[str, Lowered], workers: int) -> tuple[int, int]:
    """Bytes of the slices of the first workers, and of the others."""
    if phase.tile is None:
        return 0, 0
    fewer = phase.count // workers
    return slice_bytes(shared[phase.node], fewer + 1), slice_bytes(shared[phase.node], fewer)


def _schedule_text(schedule: Sequence[Command]) -> str:
    texts = [f"{{{command.kind.upper()}, {command.index}}}" for command in schedule]
    return ",\n    ".join(", ".join(texts[i : i + 8]) for i in range(0, len(texts), 8))


def _staging_names(lowered: Lowered) -> list[str]:
    """Buffers that the staging of a node's operands reads and writes."""
    return [name for product in staged(lowered) for name in (product.operand, staged_name(lowered, product))]


def _layer_names(lowered: Lowered) -> list[str]:
    """Buffers that a phase of a node reads and writes."""
    operands = [
        staged_name(lowered, product) if product.staged else product.operand for product in lowered.products
    ]
    return [
        scratch_name(lowered.node),
        *lowered.node.outputs.values(),
        *(operands or lowered.node.inputs.values()),
    ]
