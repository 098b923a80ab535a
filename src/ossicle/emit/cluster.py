"""The C of a cluster program: a controller that follows the plan, and workers that share its steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np

from ossicle.emit.bare import LINKED, SHARED, BareMachine, zig_flags
from ossicle.emit.c_text import array_text
from ossicle.emit.calls import (
    call_text,
    headers,
    replaced_text,
    stage_text,
    staging_kernel,
    table_name,
    worker_site,
)
from ossicle.emit.context import renderer, task_folder
from ossicle.emit.kernels import find_kernels
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.kernels import FOLDER, Kernels
from ossicle.lowering import Lowered, matrix_constants
from ossicle.schedule.cluster import ClusterPlan, Command, Step
from ossicle.schedule.plan import work_name
from ossicle.schedule.tiles import (
    Tile,
    chunk_bytes,
    lower_shared,
    share,
    staged,
    staged_name,
    tile_bytes,
)
from ossicle.targets import Target

TEMPLATES = resources.files("ossicle.emit") / "templates"
BACKENDS = ("pmsis", "threads", "harts", "rtl")
"""What a cluster program can run on: a file of ``kernels/cluster`` and a folder of templates each."""
UNVERIFIED = {
    "pmsis": "This program has never met GAP's compiler, GVSoC or a GAP9: its C was only run on an "
    "imitation of the SDK, on threads. docs/gap9.md of Ossicle lists what nobody has checked."
}
"""What to say where a program is emitted that could not be tried."""


def cluster_files(graph: Graph, plan: ClusterPlan, target: Target, backend: str) -> dict[str, str]:
    """Texts of the files by name, for one of the folders of templates in ``templates/cluster``."""
    if backend not in BACKENDS:
        raise OssicleError(f"there is no backend {backend!r}; choose one of {', '.join(BACKENDS)}")
    render = renderer(graph, plan.layout, target)
    context = _context(graph, plan, target) | {"unverified": UNVERIFIED.get(backend, "")}
    if backend in LINKED:
        context["zig_flags"] = zig_flags(backend, plan.workers)
    texts = {
        f"{graph.name}.h": render(f"{task_folder(graph)}model.h.j2", context),
        f"{graph.name}.c": render("cluster/model.c.j2", context),
        f"{graph.name}_weights.h": render("cluster/weights.h.j2", context),
        f"{graph.name}_weights.c": render("cluster/weights.c.j2", context),
        f"{backend}.c": (FOLDER / "cluster" / f"{backend}.c").read_text("utf-8"),
    }
    own = {
        template.name: f"cluster/{backend}/{template.name}"
        for template in (TEMPLATES / "cluster" / backend).iterdir()
    }
    shared = {f"{name}.j2": f"cluster/{name}.j2" for name in SHARED if backend in LINKED}
    for name, template in sorted((shared | own).items()):
        texts[name.removesuffix(".j2")] = render(template, context)
    callers = "".join(text for name, text in texts.items() if name.endswith(".c"))
    return find_kernels(callers, target.kernels) | texts


def cluster_summary(plan: ClusterPlan, target: Target, backend: str) -> dict[str, Any]:
    """What ``model.json`` says besides: the state with the room for tiles, backend, plan."""
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
    begins = [tile.first + share(tile.units, workers, worker) for worker in range(workers + 1)]
    chunks = [_chunk(lowered, begin, end) for begin, end in pairwise(begins) if end > begin]
    image = b"".join(chunks)
    assert len(image) == tile_bytes(lowered, tile.units, workers)
    return image


def _chunk(lowered: Lowered, begin: int, end: int) -> bytes:
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
    """Bytes of the state struct, and of the room for tiles in it, which is aligned to 8."""
    around = len(_padded(bytes(plan.layout.state_bytes), 8))
    return around + plan.tile_area_bytes, plan.tile_area_bytes


def _context(graph: Graph, plan: ClusterPlan, target: Target) -> dict[str, Any]:
    shared = lower_shared(graph, target.kernels)
    buffers = {buffer.name: buffer for buffer in plan.layout.scratch}
    state_bytes, room = _state_bytes(plan)

    def image(indices: Sequence[int]) -> str:
        tiles = (plan.tiles[index] for index in indices)
        data = b"".join(tile_image(shared[tile.node], tile, plan.workers) for tile in tiles)
        return array_text(np.frombuffer(data, "<u4"))

    return {
        "cluster_plan": plan,
        "state_bytes": state_bytes,
        "tile_bytes": room,
        "weight_bytes": sum(tile.bytes for tile in plan.tiles),
        **asdict(BareMachine.for_state(plan.workers, target.need_cluster().stack_bytes, state_bytes)),
        "near_words": sum(plan.tiles[index].bytes for index in plan.near) // 4,
        "far_words": sum(plan.tiles[index].bytes for index in plan.far) // 4,
        "near": image(plan.near),
        "far": image(plan.far),
        "kept_far": bool(plan.kept) and plan.kept[0].tile in plan.far,
        "command_text": _command_text,
        "chunks": lambda step: _chunk_sizes(step, shared, plan.workers),
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
        "buffer_type": lambda node: buffers[f"{node.name}_work"].c_type,
        "work_stride": lambda node: buffers[f"{node.name}_work"].count // plan.workers,
        "preparation_names": _preparation_names,
        "layer_names": _layer_names,
    }


def _worker_calls(lowered: Lowered, model: str, tensor: Callable[[str], str]) -> list[str]:
    site = worker_site(lowered, model, tensor)
    return replaced_text(lowered, site) + [call_text(call, site) for call in lowered.body.calls]


def _headers(shared: Mapping[str, Lowered], kernels: Kernels) -> list[str]:
    """Those that declare what workers call, and that take their matrices."""
    taking = {product.kernel.take_header for lowered in shared.values() for product in lowered.products}
    return sorted({"osc_slice.h", "osc_parallel.h"} | taking | set(headers(shared.values(), kernels)))


def _chunk_sizes(step: Step, shared: Mapping[str, Lowered], workers: int) -> tuple[int, int]:
    """Bytes of the chunks of the first workers, and of the others."""
    if step.tile is None:
        return 0, 0
    fewer = step.count // workers
    return chunk_bytes(shared[step.node], fewer + 1), chunk_bytes(shared[step.node], fewer)


def _command_text(commands: Sequence[Command]) -> str:
    texts = [f"{{{command.kind.upper()}, {command.index}}}" for command in commands]
    return ",\n    ".join(", ".join(texts[i : i + 8]) for i in range(0, len(texts), 8))


def _preparation_names(lowered: Lowered) -> list[str]:
    """Buffers that the preparation of a node reads and writes."""
    return [name for product in staged(lowered) for name in (product.operand, staged_name(lowered, product))]


def _layer_names(lowered: Lowered) -> list[str]:
    """Buffers that a step of a node reads and writes."""
    operands = [
        staged_name(lowered, product) if product.staged else product.operand for product in lowered.products
    ]
    return [
        work_name(lowered.node),
        *lowered.node.outputs.values(),
        *(operands or lowered.node.inputs.values()),
    ]
