"""Which operators compute in which forms, on which kernels: found by lowering an example of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from operator_examples import EXAMPLES, Example

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, State, Tensor
from ossicle.graph.operator import OPS
from ossicle.kernels import Call, Kernels, NoKernelError
from ossicle.kernels.calls import Value
from ossicle.lowering import PORTABLE, lower
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.quantization import calibrate, quantize
from ossicle.targets import load_target, target_names
from ossicle.tasks.frames.record import Frames
from tables import Table

TYPES = {DType.F32: "fp32", DType.F16: "fp16", DType.S8: "int8", DType.S16: "int16"}
ROUNDINGS = {Rounding.FLOAT32: "LiteRT", Rounding.TWICE: "TFLM"}
PLATFORMS = {"host": "this computer", "cortexm": "Cortex-M", "cluster": "cluster"}
"""Titles of columns; all targets of a platform have the same kernel sets."""
SCALE = 2.0**-6
"""Of the integers that a node reads which computes in the type of its inputs."""


@dataclass(frozen=True)
class Form:
    """A node in one of the forms that its operator has."""

    title: str
    node: Node
    tensors: Mapping[str, Tensor]


def matrix() -> Table:
    """Operator x form x platform: the kernel sets that a node is computed with."""
    kernels = platform_kernels()
    rows = [
        (example.op, example.kind, form.title, [sets_of(form, of) for of in kernels.values()])
        for example in EXAMPLES
        for form in forms(example)
    ]
    return Table("operators", ["operator", "forms", *kernels], _merged(rows))


def platform_kernels() -> dict[str, Kernels]:
    """The kernels of each platform's targets, by the title of the platform."""
    found = {target.platform: target.kernels for target in map(load_target, target_names())}
    return {title: found[name] for name, title in PLATFORMS.items()}


def sets_of(form: Form, kernels: Kernels) -> str:
    """The kernel sets that a node's calls are of, the most specific first; empty where none will do."""
    try:
        lowered = lower(form.node, form.tensors, kernels)
    except NoKernelError:
        return ""
    places = {kernels.place(call.kernel) for call in lowered.body.calls}
    places |= {kernels.place(_reader(call, kernels)) for call in lowered.body.calls if call.product}
    return ", ".join(f"`{kernels.names[place]}`" for place in sorted(places))


def _reader(call: Call, kernels: Kernels) -> object:
    kernel = call.kernel
    return kernels.need(kernel.inner, kernel.types) if kernel.inner else kernel


def forms(example: Example) -> Iterator[Form]:
    """All forms of an operator, those of other runtimes last."""
    if example.types:
        yield from _typed(example)
        return
    found = list(_quantized(example) if OPS[example.op].matrices else _preserved(example))
    yield from found
    yield from (other for form in found for other in _rounded(form))


def _rounded(form: Form) -> Iterator[Form]:
    """The same in int8 as other runtimes round, where that makes a difference."""
    ours = _calls(form)
    for rounding, runtime in ROUNDINGS.items() if form.title in ("w8a8", "int8") else ():
        attributes = {**form.node.attributes, "rounding": str(rounding)}
        other = Form(f"{form.title} ({runtime})", replace(form.node, attributes=attributes), form.tensors)
        if _possible(other) and _calls(other) not in (ours, None):
            yield other


def _calls(form: Form) -> Sequence[tuple[str, Mapping[str, Value]]] | None:
    try:
        body = lower(form.node, form.tensors, PORTABLE).body
    except NoKernelError:
        return None
    return [(call.kernel.name, call.values) for call in body.calls]


def _typed(example: Example) -> Iterator[Form]:
    """A node that only quantization or an import writes, with the types and the rounding that it has."""
    op, (node, tensors) = OPS[example.op], _node(example)
    names = [*node.inputs.values(), *node.outputs.values()]
    for types, rounding in example.types:
        known = {
            name: Tensor(tensors[name].shape, of, _scale(of)) for name, of in zip(names, types, strict=True)
        }
        precisions = tuple(PRECISIONS[f"w8a{8 * types[0].numpy.itemsize}"] for _ in op.matrices)
        attributes = {**node.attributes, "rounding": str(rounding)}
        title = " to ".join(dict.fromkeys(TYPES[of] for of in (types[0], types[len(node.inputs)])))
        runtime = f" ({ROUNDINGS[rounding]})" if rounding in ROUNDINGS else ""
        yield Form(f"{title}{runtime}", replace(node, attributes=attributes, precisions=precisions), known)


def _quantized(example: Example) -> Iterator[Form]:
    """A node with matrices, as ``quantize`` makes it for each precision."""
    node, tensors = _node(example)
    states = tuple(
        State(name, node.outputs[f"{port}_next"])
        for port, name in node.inputs.items()
        if f"{port}_next" in node.outputs
    )
    kept = {state.input for state in states}
    inputs = tuple(name for name in node.inputs.values() if name not in kept)
    # A layer that reads its result decides the type of that.
    first = next(iter(node.outputs.values()))
    size = tensors[first].size
    weights = {"weight": np.eye(size, dtype=np.float32), "bias": np.zeros(size, np.float32)}
    after = Node("linear", "after", {"x": first}, {"y": "result"}, weights, {"activation": "none"})
    tensors = {**tensors, "result": Tensor((size,))}
    graph = Graph("few", Frames(), inputs, ("result",), states, tensors, (node, after))
    rng = np.random.default_rng(0)
    heard = {name: rng.standard_normal((8, *tensors[name].shape)).astype(np.float32) for name in inputs}
    calibration = calibrate(graph, [heard])
    for precision in PRECISIONS:
        try:
            quantized = quantize(graph, dict.fromkeys((node.name, after.name), precision), calibration)
        except OssicleError:
            continue
        (found,) = (of for of in quantized.nodes if of.name == node.name)
        yield Form(precision, found, quantized.tensors)


def _preserved(example: Example) -> Iterator[Form]:
    """A node without matrices, in each type that it can compute in; imports have int8 of further ones."""
    op, (node, tensors) = OPS[example.op], _node(example)
    types = op.preserved_types(node)
    for dtype, title in TYPES.items():
        if dtype not in types and dtype != DType.S8:
            continue
        inputs = [Tensor(tensors[name].shape, dtype, _scale(dtype)) for name in node.inputs.values()]
        plain = [tensors[name] for name in node.outputs.values()]
        outputs = op.preserved_outputs(node, inputs, plain, lambda name, kind: (-1.0, 1.0))
        known = dict(zip([*node.inputs.values(), *node.outputs.values()], [*inputs, *outputs], strict=True))
        converted = replace(node, constants=op.encoded(node, inputs, outputs))
        form = Form(title, converted, known)
        if _possible(form):
            yield form if dtype in types else replace(form, title=f"{title} (imports)")


def _node(example: Example) -> tuple[Node, dict[str, Tensor]]:
    """In float, with a tensor for each port; an operand of a product is the state that it is made of."""
    inputs = {port: "h" if port == "h_operand" else port for port in example.inputs}
    outputs = {port: f"{port}_out" for port in example.outputs}
    tensors = {name: Tensor((example.inputs[port],)) for port, name in inputs.items()}
    tensors |= {name: Tensor((example.outputs[port],)) for port, name in outputs.items()}
    return Node(example.op, "node", inputs, outputs, example.constants, example.attributes), tensors


def _scale(dtype: DType) -> float:
    return SCALE if dtype.numpy.kind == "i" else 1.0


def _possible(form: Form) -> bool:
    node = form.node
    ends = ([form.tensors[name] for name in ports.values()] for ports in (node.inputs, node.outputs))
    try:
        OPS[node.op].check(node, *ends)
    except OssicleError:
        return False
    return True


def _merged(rows: Sequence[tuple[str, str, str, list[str]]]) -> list[list[str]]:
    """Rows of an operator with equal cells as one, functions of equal rows too."""
    by_function: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = {}
    for op, kind, form, cells in rows:
        by_function.setdefault((op, kind), []).append((form, tuple(cells)))
    kinds: dict[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], list[str]] = {}
    for (op, kind), found in by_function.items():
        alike: dict[tuple[str, ...], list[str]] = {}
        for form, cells in found:
            alike.setdefault(cells, []).append(form)
        lines = tuple((", ".join(titles), cells) for cells, titles in alike.items())
        kinds.setdefault((op, lines), []).append(kind)
    return [
        [f"`{op}` {', '.join(names)}".rstrip(), titles, *cells]
        for (op, lines), names in kinds.items()
        for titles, cells in lines
    ]
