"""What templates know of a model."""

from collections.abc import Callable, Mapping
from dataclasses import astuple
from types import MappingProxyType
from typing import Any

import numpy as np

from ossicle.emit.c_text import array_text, template_environment
from ossicle.emit.sizes import node_bytes, stored_constants, weight_bytes
from ossicle.emit.tables import tables
from ossicle.graph import Graph, Node, Tensor
from ossicle.graph.operator import OPS
from ossicle.graph.task import Suppression
from ossicle.numerics.fixed_point import fixed_point
from ossicle.ops.conv2d import window_scratch
from ossicle.ops.dense import clamp_codes
from ossicle.ops.geometry import Window
from ossicle.ops.softmax.simulate import exponent_factor
from ossicle.schedule import Plan
from ossicle.schedule.blocks import filters_at_a_time
from ossicle.schedule.plan import C_TYPES
from ossicle.targets import Target

Renderer = Callable[..., str]
"""Takes the name of a template, and what it needs besides the model."""


def renderer(graph: Graph, layout: Plan, target: Target) -> Renderer:
    """A function that makes text of a template."""
    context = _context(graph, layout, target)

    def render(template: str, more: Mapping[str, Any] = MappingProxyType({})) -> str:
        return template_environment().get_template(template).render(context | dict(more))

    return render


def role(graph: Graph) -> str:
    """Name of the folder of templates for the task."""
    return "suppressor" if isinstance(graph.task, Suppression) else "spotter"


def _context(graph: Graph, layout: Plan, target: Target) -> dict[str, Any]:
    context = {
        "graph": graph,
        "name": graph.name,
        "NAME": graph.name.upper(),
        "plan": layout,
        "state_bytes": layout.state_bytes,
        "tile_bytes": 0,
        "role": role(graph),
        "target": target,
        "weight_bytes": weight_bytes(graph, target.packing),
        "fields": layout.fields_of,
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
        "clamp_codes": clamp_codes,
        "lowest_code": _lowest_code,
        "largest_code": lambda tensor: np.iinfo(tensor.dtype.numpy).max,
        "float_text": lambda value, open_end: open_end if value is None else array_text(np.float32([value])),
        "exponent_factor": exponent_factor,
        "constants": {node.name: stored_constants(node, target.packing) for node in graph.nodes},
        "steps_per_unit": lambda tensor: array_text(np.float32([1 / tensor.scale])),
        "scale": lambda tensor: array_text(np.float32([tensor.scale])),
        "fixed_point": lambda factor: fixed_point(np.float64(factor)),
    }
    if isinstance(graph.task, Suppression):
        more = {"overlap_gain": array_text(np.float32([graph.task.stft.overlap_gain]))}
    else:
        more = {"threshold": array_text(np.float32([graph.task.detector.threshold]))}
    return context | more


def _lowest_code(node: Node, result: Tensor) -> str:
    """The lowest code that a layer gives, as C."""
    low, _ = clamp_codes(node, result)
    limits = np.iinfo(result.dtype.numpy)
    return f"INT{limits.bits}_MIN" if low == limits.min else str(low)


def _c_type(array: np.ndarray) -> str:
    return {"float32": "float", "float16": "osc_half_t"}.get(array.dtype.name, f"{array.dtype.name}_t")
