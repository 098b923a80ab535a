"""What templates know of a model."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ossicle.emit.c_text import array_text, c_string, template_environment
from ossicle.emit.calls import elsewhere_site, headers, one_core_calls, one_core_site, replaced_text
from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.lowering import lower, node_bytes, stored_constants, table_begins, weight_bytes
from ossicle.ops.conv2d.lower import im2col_words, stretches
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.schedule import Plan
from ossicle.schedule.blocks import filters_at_a_time, row_elements
from ossicle.schedule.plan import C_TYPES
from ossicle.targets import Target

Renderer = Callable[..., str]
"""Takes the name of a template, and what it needs besides the model."""


def renderer(graph: Graph, layout: Plan, target: Target, templates: Path) -> Renderer:
    """A function that makes text of a template; those of the target's platform are in ``templates``."""
    context, environment = _context(graph, layout, target), template_environment(target.platform, templates)

    def render(template: str, more: Mapping[str, Any] = MappingProxyType({})) -> str:
        return environment.get_template(template).render(context | dict(more))

    return render


def task_folder(graph: Graph) -> str:
    """Where the templates of its task are, among those of :func:`template_environment`."""
    return f"tasks/{graph.task.name}/"


def _context(graph: Graph, layout: Plan, target: Target) -> dict[str, Any]:
    kernels = target.kernels
    lowered = {node.name: lower(node, graph.tensors, kernels) for node in graph.nodes}
    fields, record = layout.fields_of, graph.task.record

    def tensor(name: str) -> str:
        return f"state->{fields[name]}" if name in fields else name

    def statements(
        node: Node,
        indent: int = 4,
        operands: str = "",
        scratch: str = "",
        offsets: Mapping[str, str] = MappingProxyType({}),
        **elsewhere: str,
    ) -> str:
        """The statements of one core, where operands, outputs, weights or scratch are ``elsewhere``.

        Of all calls, or only of those that are for ``"several"`` operands or for a ``"single"`` one.
        """
        site = one_core_site(lowered[node.name], graph.name, tensor, scratch, offsets)
        site = elsewhere_site(site, **elsewhere)
        return f"\n{' ' * indent}".join(one_core_calls(lowered[node.name], kernels, site, operands))

    def replaced(node: Node, units: int) -> list[str]:
        """Copies of old values to where the node replaces them, of so many elements."""
        site = one_core_site(lowered[node.name], graph.name, tensor)
        return replaced_text(lowered[node.name], replace(site, units=str(units)))

    def row_offsets(node: Node, row: str) -> dict[str, str]:
        """Where a row begins in the tensor at each port, each of which holds all rows."""
        times, ports = lowered[node.name].body.times, {**node.inputs, **node.outputs}
        return {port: f"{row} * {graph.tensors[name].size // times}" for port, name in ports.items()}

    context = {
        "graph": graph,
        "name": graph.name,
        "NAME": graph.name.upper(),
        "plan": layout,
        "state_bytes": layout.state_bytes,
        "tile_bytes": 0,
        "task_folder": task_folder(graph),
        "target": target,
        "streams": kernels.streams,
        "mentioned": _mentioned,
        "weight_bytes": weight_bytes(graph, kernels),
        "fields": fields,
        "tables": record.tables(graph),
        "array_text": array_text,
        "c_strings": lambda texts: ", ".join(map(c_string, texts)),
        "c_type": _c_type,
        "c_types": C_TYPES,
        "geometry": ConvolutionGeometry.of,
        "replaced": replaced,
        "row_offsets": row_offsets,
        "weight_reuse": lambda node: OPS[node.op].weight_reuse(node),
        "filters_at_a_time": lambda node: filters_at_a_time(
            node, node_bytes(node, kernels), target.weight_cache_bytes
        ),
        "im2col_words": lambda node: im2col_words(node, lowered[node.name].body),
        "stretches": lambda node: stretches(node, lowered[node.name].body),
        "row_elements": lambda node: row_elements(lowered[node.name].products[0], node.constants["weight"]),
        "table_begins": table_begins,
        "constants": {node.name: stored_constants(node, kernels) for node in graph.nodes},
        "lowered": lowered,
        "headers": headers(lowered.values(), kernels),
        "tensor": tensor,
        "statements": statements,
    }
    return {**context, **record.values(graph)}


def _mentioned(names: Sequence[str], text: str) -> list[str]:
    """Those of some variables that a text of C reads or writes."""
    words = set(re.findall(r"\w+", text))
    return [name for name in names if name in words]


def _c_type(array: np.ndarray) -> str:
    return {"float32": "float", "float16": "osc_half_t"}.get(array.dtype.name, f"{array.dtype.name}_t")
