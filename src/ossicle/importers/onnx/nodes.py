"""Nodes of an ONNX graph: their attributes as Python values, their order of execution, one node alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, shape_inference
from onnx.reference import ReferenceEvaluator

from ossicle.errors import OssicleError
from ossicle.importers.network import Value

Read = Callable[[onnx.TensorProto], np.ndarray]


def label(node: onnx.NodeProto) -> str:
    """What messages call a node: its name, or that of what it computes."""
    return node.name or next(filter(None, node.output), node.op_type)


def attributes_of(node: onnx.NodeProto, read: Read) -> dict[str, Any]:
    """Attributes of a node as numbers, text, lists of them, arrays; graphs stay messages."""
    found = {}
    for attribute in node.attribute:
        value = helper.get_attribute_value(attribute)
        if attribute.type == onnx.AttributeProto.TENSOR:
            value = read(value)
        elif attribute.type == onnx.AttributeProto.STRING:
            value = value.decode("utf-8", "replace")
        elif attribute.type == onnx.AttributeProto.STRINGS:
            value = [text.decode("utf-8", "replace") for text in value]
        elif isinstance(value, Sequence):
            value = list(value)
        found[attribute.name] = value
    return found


def captured(nodes: Iterable[onnx.NodeProto]) -> set[str]:
    """Names that nodes read, those of the graphs within them included, less what they write themselves."""
    read: set[str] = set()
    written: set[str] = set()
    for node in nodes:
        read.update(filter(None, node.input))
        written.update(node.output)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                inner = {tensor.name for tensor in (*attribute.g.initializer, *attribute.g.input)}
                read.update(captured(attribute.g.node) - inner)
    return read - written


def in_order(nodes: Sequence[onnx.NodeProto], known: Iterable[str]) -> list[onnx.NodeProto]:
    """The nodes so that each comes after what it reads.

    Raises :class:`OssicleError` where two write one value, where nothing writes a value that is read, and
    where nodes feed each other.
    """
    writer: dict[str, onnx.NodeProto] = {}
    for node in nodes:
        for name in filter(None, node.output):
            if writer.setdefault(name, node) is not node:
                raise OssicleError(
                    f"nodes {label(writer[name])!r} and {label(node)!r} both write {name!r}; export it again"
                )
    done, waiting, order = set(known), list(nodes), list[onnx.NodeProto]()
    while waiting:
        later = []
        for node in waiting:
            reads = {*filter(None, node.input), *captured([node])}
            missing = reads - done - writer.keys()
            if missing:
                raise OssicleError(
                    f"node {label(node)!r} ({node.op_type}) reads {min(missing)!r}, which nothing writes; "
                    "export the network again"
                )
            if reads <= done:
                order.append(node)
                done.update(node.output)
            else:
                later.append(node)
        if len(later) == len(waiting):
            names = " and ".join(repr(label(node)) for node in _cycle(later, writer))
            raise OssicleError(f"nodes {names} feed each other within one step; make that loop a state")
        waiting = later
    return order


def _cycle(waiting: Sequence[onnx.NodeProto], writer: Mapping[str, onnx.NodeProto]) -> list[onnx.NodeProto]:
    """Nodes of one cycle, found by walking backwards."""
    stuck = {name for node in waiting for name in node.output}
    path = [waiting[0]]
    while True:
        name = next(name for name in {*path[-1].input, *captured([path[-1]])} if name in stuck)
        before = writer[name]
        if before in path:
            return path[path.index(before) :][::-1]
        path.append(before)


def needed(nodes: Sequence[onnx.NodeProto], outputs: Iterable[str]) -> list[onnx.NodeProto]:
    """The nodes that some of the outputs depend on; nodes may stand in any order."""
    writer = {name: index for index, node in enumerate(nodes) for name in node.output if name}
    wanted, found = list(outputs), set[int]()
    while wanted:
        index = writer.get(wanted.pop())
        if index is not None and index not in found:
            found.add(index)
            wanted += {*nodes[index].input, *captured([nodes[index]])}
    return [node for index, node in enumerate(nodes) if index in found]


def with_arguments(
    function: onnx.FunctionProto, attributes: Iterable[onnx.AttributeProto], given: Iterable[str]
) -> list[onnx.NodeProto]:
    """The nodes of a function with the attributes of its call; inputs that the call lacks are absent."""
    values = {attribute.name: attribute for attribute in (*function.attribute_proto, *attributes)}
    absent = {*function.input} - {*given}
    nodes = []
    for original in function.node:
        node = onnx.NodeProto.FromString(original.SerializeToString())
        node.input[:] = ["" if name in absent else name for name in node.input]
        del node.attribute[:]
        for attribute in original.attribute:
            if not attribute.ref_attr_name:
                node.attribute.append(attribute)
            elif attribute.ref_attr_name in values:
                node.attribute.append(values[attribute.ref_attr_name])
                node.attribute[-1].name = attribute.name
        nodes.append(node)
    return nodes


def type_of(value: Value) -> onnx.TypeProto:
    """The type of a value, as shape inference reads it."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(value.dtype))
    return helper.make_tensor_type_proto(kind, value.shape)


SMALL = 4096
"""Values up to which shape inference is told the contents of a constant."""


def schema_of(node: onnx.NodeProto, opsets: Mapping[str, int]) -> onnx.defs.OpSchema | None:
    """What ONNX says of a node's operator in an opset; None where it does not know it."""
    try:
        return onnx.defs.get_schema(node.op_type, opsets.get(node.domain, 1), node.domain)
    except onnx.defs.SchemaError:
        return None


def defaults_of(op: str, opset: int) -> dict[str, Any]:
    """The attributes of an operator that have defaults in an opset."""
    try:
        schema = onnx.defs.get_schema(op, opset, "")
    except onnx.defs.SchemaError:
        return {}
    given = [attribute.default_value for attribute in schema.attributes.values()]
    return attributes_of(
        onnx.NodeProto(attribute=[one for one in given if one.type]), onnx.numpy_helper.to_array
    )


def function_of(
    node: onnx.NodeProto, schema: Any, opsets: Mapping[str, int], inputs: Mapping[str, Value]
) -> onnx.FunctionProto | None:
    """The operators that an operator is made of, where ONNX defines it so."""
    opset = opsets.get(node.domain, 1)
    if schema.has_function:
        versions = [version for version in schema.function_opset_versions if version <= opset]
        text = schema.get_function_with_opset_version(max(versions)) if versions else b""
    elif schema.has_context_dependent_function:
        versions = [v for v in schema.context_dependent_function_opset_versions if v <= opset]
        types = [type_of(inputs[name]).SerializeToString() if name else b"" for name in node.input]
        text = (
            schema.get_context_dependent_function_with_opset_version(
                max(versions), node.SerializeToString(), types
            )
            if versions
            else b""
        )
    else:
        return None
    if not text:
        return None
    function: onnx.FunctionProto = onnx.FunctionProto.FromString(text)
    defaults = (attribute.default_value for attribute in schema.attributes.values())
    function.attribute_proto.extend(default for default in defaults if default.type)
    return function


def infer(
    node: onnx.NodeProto, opsets: Mapping[str, int], inputs: Mapping[str, Value]
) -> dict[str, onnx.TypeProto]:
    """Types of a node's outputs; raises ``InferenceError`` where inputs do not fit."""
    schema = onnx.defs.get_schema(node.op_type, opsets.get(node.domain, 1), node.domain)
    return shape_inference.infer_node_outputs(
        schema,
        node,
        {name: type_of(value) for name, value in inputs.items()},
        {
            name: onnx.numpy_helper.from_array(value.constant, name)
            for name, value in inputs.items()
            if value.constant is not None and value.constant.size <= SMALL
        },
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in opsets.items()],
    )


def evaluate(
    node: onnx.NodeProto, opsets: Mapping[str, int], inputs: Mapping[str, Value]
) -> list[np.ndarray] | None:
    """Outputs of a node whose inputs are constants; None where the reference has no such operator."""
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_value_info(name, type_of(value)) for name, value in inputs.items()],
        [onnx.ValueInfoProto(name=name) for name in node.output if name],
    )
    try:
        runner = ReferenceEvaluator(graph, opsets=dict(opsets))
    except (NotImplementedError, RuntimeError):  # also where it has none of that opset
        return None
    found = runner.run(None, {name: value.constant for name, value in inputs.items()})
    if not all(isinstance(array, np.ndarray | np.generic) for array in found):
        return None
    return [np.asarray(array) for array in found]
