"""The C of a cluster program: a controller that follows the plan, and workers that share its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np

from ossicle.emit.bare import LINKED, SHARED, BareMachine, zig_flags
from ossicle.emit.c_text import array_text
from ossicle.emit.context import renderer
from ossicle.emit.kernels import KERNELS, find_kernels
from ossicle.emit.packing import pack
from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.schedule.cluster import ClusterPlan, Command, Step
from ossicle.schedule.tiles import (
    Tile,
    chunk_bytes,
    columns,
    copied,
    copies,
    copy_items,
    gates,
    share,
    tile_bytes,
    units,
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
    assert target.packing == "xpulp", "split operands go with no other order of weights"
    if backend not in BACKENDS:
        raise OssicleError(f"there is no backend {backend!r}; choose one of {', '.join(BACKENDS)}")
    render = renderer(graph, plan.layout, target)
    context = _context(graph, plan, target) | {"unverified": UNVERIFIED.get(backend, "")}
    if backend in LINKED:
        context["zig_flags"] = zig_flags(backend, plan.workers)
    texts = {
        f"{graph.name}.h": render("suppressor/model.h.j2", context),
        f"{graph.name}.c": render("cluster/model.c.j2", context),
        f"{graph.name}_weights.h": render("cluster/weights.h.j2", context),
        f"{graph.name}_weights.c": render("cluster/weights.c.j2", context),
        f"{backend}.c": (KERNELS / "cluster" / f"{backend}.c").read_text("utf-8"),
    }
    own = {
        template.name: f"cluster/{backend}/{template.name}"
        for template in (TEMPLATES / "cluster" / backend).iterdir()
    }
    shared = {f"{name}.j2": f"cluster/{name}.j2" for name in SHARED if backend in LINKED}
    for name, template in sorted((shared | own).items()):
        texts[name.removesuffix(".j2")] = render(template, context)
    folders = (*target.kernels, "cluster")
    needed = find_kernels("".join(text for name, text in texts.items() if name.endswith(".c")), folders)
    return needed | texts


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


def tile_image(node: Node, tile: Tile, workers: int, packing: str) -> bytes:
    """The bytes of a tile, as :mod:`ossicle.schedule.tiles` lays them out."""
    begins = [tile.first + share(tile.units, workers, worker) for worker in range(workers + 1)]
    chunks = [_chunk(node, begin, end, packing) for begin, end in pairwise(begins) if end > begin]
    image = b"".join(chunks)
    assert len(image) == tile_bytes(node, tile.units, workers)
    return image


def _chunk(node: Node, begin: int, end: int, packing: str) -> bytes:
    total = units(node)
    rows = np.concatenate([np.arange(begin, end) + gate * total for gate in range(gates(node))])
    data = b""
    for index, matrix in enumerate(OPS[node.op].matrices):
        weight, product = node.constants[matrix.weight][rows], node.product(index)
        parts = [pack(weight, product, packing) if product.weight_bits else weight]
        kinds = (matrix.bias, matrix.multiplier, matrix.shift) if product.weight_bits else (matrix.bias,)
        for part in [*parts, *(node.constants[kind][rows] for kind in kinds)]:
            data += _padded(part.tobytes(), 4)
    return _padded(data, 8)


def _padded(data: bytes, to: int) -> bytes:
    return data + bytes(-len(data) % to)


def _state_bytes(plan: ClusterPlan) -> tuple[int, int]:
    """Bytes of the state struct, and of the room for tiles in it, which is aligned to 8."""
    around = len(_padded(bytes(plan.layout.state_bytes), 8))
    return around + plan.tile_area_bytes, plan.tile_area_bytes


def _context(graph: Graph, plan: ClusterPlan, target: Target) -> dict[str, Any]:
    nodes = {node.name: node for node in graph.nodes}
    buffers = {buffer.name: buffer for buffer in plan.layout.scratch}
    state_bytes, room = _state_bytes(plan)

    def image(indices: Sequence[int]) -> str:
        tiles = (plan.tiles[index] for index in indices)
        data = b"".join(tile_image(nodes[tile.node], tile, plan.workers, target.packing) for tile in tiles)
        return array_text(np.frombuffer(data, "<u4"))

    return {
        "cluster_plan": plan,
        "state_bytes": state_bytes,
        "tile_bytes": room,
        "weight_bytes": sum(tile.bytes for tile in plan.tiles),
        **asdict(BareMachine.for_state(plan.workers, target.cluster.stack_bytes, state_bytes)),
        "near_words": sum(plan.tiles[index].bytes for index in plan.near) // 4,
        "far_words": sum(plan.tiles[index].bytes for index in plan.far) // 4,
        "near": image(plan.near),
        "far": image(plan.far),
        "kept_far": bool(plan.kept) and plan.kept[0].tile in plan.far,
        "command_text": _command_text,
        "chunks": lambda step: _chunk_sizes(step, nodes, plan.workers),
        "gates": gates,
        "units": units,
        "matrices": lambda node: OPS[node.op].matrices,
        "columns": columns,
        "copied": copied,
        "copies": copies,
        "copy_items": copy_items,
        "split": any(form == "split" for node in graph.nodes for _, form, _ in copies(node)),
        "buffer_type": lambda node: buffers[f"{node.name}_work"].c_type,
        "work_stride": lambda node: buffers[f"{node.name}_work"].count // plan.workers,
        "preparation_names": _preparation_names,
        "layer_names": _layer_names,
    }


def _chunk_sizes(step: Step, nodes: Mapping[str, Node], workers: int) -> tuple[int, int]:
    """Bytes of the chunks of the first workers, and of the others."""
    if step.tile is None:
        return 0, 0
    fewer = step.count // workers
    return chunk_bytes(nodes[step.node], fewer + 1), chunk_bytes(nodes[step.node], fewer)


def _command_text(commands: Sequence[Command]) -> str:
    texts = [f"{{{command.kind.upper()}, {command.index}}}" for command in commands]
    return ",\n    ".join(", ".join(texts[i : i + 8]) for i in range(0, len(texts), 8))


def _preparation_names(node: Node) -> list[str]:
    """Buffers that the preparation of a node reads and writes."""
    matrices = OPS[node.op].matrices
    return [name for index, _, copy in copies(node) for name in (node.inputs[matrices[index].operand], copy)]


def _layer_names(node: Node) -> list[str]:
    """Buffers that a step of a node reads and writes."""
    names = {index: copy for index, _, copy in copies(node)}
    operands = [
        names.get(index, node.inputs[matrix.operand]) for index, matrix in enumerate(OPS[node.op].matrices)
    ]
    return [f"{node.name}_work", *node.outputs.values(), *(operands or node.inputs.values())]
