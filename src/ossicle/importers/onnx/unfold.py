"""From the message of a file to a plain list of operations on values of known shapes.

One walk through the nodes in their order, as an interpreter that knows all types, and values where they are
constant. What is constant is computed, the branch of an ``If`` that is taken is put in its place, functions
are replaced by their bodies.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import replace

import numpy as np
import onnx

from ossicle.errors import OssicleError
from ossicle.importers.network import Operation, Value
from ossicle.importers.obstacle import Obstacle, collected, fitting
from ossicle.importers.onnx.file import File, read_tensor
from ossicle.importers.onnx.inference import Inference, Opsets, constant, value_of
from ossicle.importers.onnx.nodes import (
    attributes_of,
    function_of,
    in_order,
    label,
    needed,
    schema_of,
    with_arguments,
)
from ossicle.importers.onnx.plain import Call
from ossicle.importers.onnx.qoperators import DYNAMIC, in_floats

Scope = MutableMapping[str, str]
"""What a name of a graph means: the name of a value of the whole network."""

ROUNDED_AS_IT_RUNS = (
    "activations are quantized while the network runs: they stay floats here, and weights are multiplied out"
)
_DEEPEST = 32
"""Functions and branches within each other."""


class Unfolding:
    """The walk through a file, from its inputs as values.

    ``values`` has all values by names that are unique in the network, ``scope`` what the file's names mean,
    ``calls`` the operations in their order, ``obstacles`` what could not be understood, and ``notes`` what
    the network does not keep of its file.
    """

    def __init__(self, file: File, inputs: Mapping[str, Value], native: Iterable[str]) -> None:
        """Walk; operators that are not ``native`` are replaced by simpler ones where ONNX defines them so."""
        self.file = file
        self.native = frozenset(native)
        self.values: dict[str, Value | None] = dict(inputs)
        self.calls: list[Call] = []
        self.obstacles: list[Obstacle] = []
        self.notes: tuple[str, ...] = ()
        self.sources = {name: frozenset([name]) for name, value in inputs.items() if value.constant is None}
        """The inputs of the network that each value depends on."""
        self.inference = Inference(file)
        graph = file.model.graph
        self.functions = {(f.domain, f.name): f for f in file.model.functions}
        self.declared = {info.name: info.type for info in (*graph.value_info, *graph.output)}
        self.scope: Scope = {name: name for name in inputs}
        self._walk(
            graph.node,
            graph.initializer,
            [output.name for output in graph.output],
            self.scope,
            file.opsets,
            0,
        )

    def _define(self, name: str, value: Value | None, scope: Scope, sources: frozenset[str]) -> None:
        """Make a value known in a scope, by a name of its own where several graphs use one name."""
        unique, count = name, 1
        while unique in self.values:
            unique, count = f"{name}_{count}", count + 1
        self.values[unique] = value and replace(value, name=unique)
        self.sources[unique] = sources
        scope[name] = unique

    def _walk(
        self,
        nodes: Sequence[onnx.NodeProto],
        constants: Sequence[onnx.TensorProto],
        outputs: Sequence[str],
        scope: Scope,
        opsets: Opsets,
        depth: int,
    ) -> None:
        if depth > _DEEPEST:
            raise OssicleError(f"{self.file.path}: functions are nested too deeply; export it again")
        for tensor in constants:
            if tensor.name not in scope or isinstance(scope, ChainMap):
                array = read_tensor(self.file, tensor)
                self._define(tensor.name, constant(array), scope, frozenset())
        for original in needed(in_order(nodes, scope), outputs):
            node = _standard(original)
            with collected(self.obstacles), fitting(label(node), node.op_type):
                self._visit(node, scope, opsets, depth)
            self._declare(node, scope)

    def _declare(self, node: onnx.NodeProto, scope: Scope) -> None:
        """Go on behind a node that is not understood, with the types that the file declares, if it does.

        Outputs that are known stay as they are.
        """
        for name in filter(None, node.output):
            if name not in scope:
                declared = self.declared.get(name)
                self._define(name, declared and value_of(declared), scope, self._sources(node, scope))

    def _sources(self, node: onnx.NodeProto, scope: Scope) -> frozenset[str]:
        return frozenset().union(*(self.sources.get(scope[name], ()) for name in node.input if name))

    def _visit(self, node: onnx.NodeProto, scope: Scope, opsets: Opsets, depth: int) -> None:
        inputs = {name: self.values[scope[name]] for name in node.input if name}
        if (node.domain, node.op_type) in self.functions:
            self._call(self.functions[node.domain, node.op_type], node, scope, depth)
            return
        if (replacement := in_floats(node)) is not None:
            if node.op_type in DYNAMIC:
                self.notes = (ROUNDED_AS_IT_RUNS,)
            nodes, opset = replacement
            inner = {name: scope[name] for name in node.input if name}
            self._walk(nodes, (), node.output, inner, {**opsets, "": opset}, depth + 1)
            self._give(node, node.output, inner, scope)
            return
        schema = schema_of(node, opsets)
        if schema is None:
            raise _unknown(node)
        known = {name: value for name, value in inputs.items() if value is not None}
        if len(known) < len(inputs):
            return
        if node.op_type == "If":
            self._branch(node, scope, opsets, depth)
        elif (constants := self.inference.constants(node, opsets, known)) is not None:
            for name, array in zip(node.output, constants, strict=False):
                if name:
                    self._define(name, constant(array), scope, frozenset())
        else:
            function = None if node.op_type in self.native else function_of(node, schema, opsets, known)
            if function is not None:
                self._call(function, node, scope, depth)
            else:
                self._emit(node, scope, opsets, known)

    def _call(self, function: onnx.FunctionProto, node: onnx.NodeProto, scope: Scope, depth: int) -> None:
        """Replace a call of a function by its nodes."""
        pairs = zip(function.input, node.input, strict=False)
        inner: Scope = {formal: scope[given] for formal, given in pairs if given}
        opsets = {entry.domain: entry.version for entry in function.opset_import}
        body = with_arguments(function, node.attribute, inner)
        self._walk(body, (), function.output, inner, opsets, depth + 1)
        self._give(node, function.output, inner, scope)

    def _branch(self, node: onnx.NodeProto, scope: Scope, opsets: Opsets, depth: int) -> None:
        """Put the branch that is taken in the place of an ``If``."""
        condition = self.values[scope[node.input[0]]]
        if condition is None or condition.constant is None:
            raise self._undecided(node, self.sources[scope[node.input[0]]])
        taken = "then_branch" if condition.constant.any() else "else_branch"
        graph = next(attribute.g for attribute in node.attribute if attribute.name == taken)
        inner: Scope = ChainMap({}, scope)
        outputs = [output.name for output in graph.output]
        self._walk(graph.node, graph.initializer, outputs, inner, opsets, depth + 1)
        self._give(node, outputs, inner, scope)

    def _give(self, node: onnx.NodeProto, outputs: Sequence[str], inner: Scope, scope: Scope) -> None:
        """Let the outputs of a node mean those of the nodes that replace it."""
        for name, output in zip(node.output, outputs, strict=False):
            if name and output not in inner:
                raise Obstacle(label(node), node.op_type, f"nothing writes its {output!r}", "export it again")
            if name:
                scope[name] = inner[output]

    def _undecided(self, node: onnx.NodeProto, sources: frozenset[str]) -> Obstacle:
        problem = f"which branch it takes depends on {_listed(sources)}"
        chosen = [name for name in sources if (value := self.values[name]) and value.dtype.startswith("int")]
        way_out = f"fix it with --set {chosen[0]}=VALUE" if chosen else "export the network with one branch"
        return Obstacle(label(node), node.op_type, problem, way_out)

    def _emit(self, node: onnx.NodeProto, scope: Scope, opsets: Opsets, inputs: Mapping[str, Value]) -> None:
        types = self.inference.types(node, opsets, inputs)
        sources = self._sources(node, scope)
        values = {name: value_of(types[name]) if name in types else None for name in node.output if name}
        if missing := [name for name, value in values.items() if value is None]:
            raise Obstacle(
                label(node),
                node.op_type,
                f"the size of {missing[0]!r} depends on the data",
                "export the network with a fixed size there",
            )
        for name, value in values.items():
            empty = value is not None and 0 in value.shape
            known = replace(value, constant=np.zeros(value.shape, value.dtype)) if value and empty else value
            self._define(name, known, scope, sources)
        if all(value is not None and 0 in value.shape for value in values.values()):
            return
        self.calls.append(
            Call(
                Operation(
                    node.op_type,
                    label(node),
                    tuple(scope[name] if name else "" for name in node.input),
                    tuple(scope[name] if name else "" for name in node.output),
                    attributes_of(node, lambda tensor: read_tensor(self.file, tensor)),
                ),
                opsets.get("", 1),
            )
        )


def _standard(node: onnx.NodeProto) -> onnx.NodeProto:
    """The node in ONNX's own domain, where its domain is another name of that or extends its types only."""
    extended = node.domain == "com.microsoft" and node.op_type in ("QuantizeLinear", "DequantizeLinear")
    if node.domain != "ai.onnx" and not extended:
        return node
    moved: onnx.NodeProto = onnx.NodeProto.FromString(node.SerializeToString())
    moved.domain = ""
    return moved


def _unknown(node: onnx.NodeProto) -> Obstacle:
    """What is said of an operator that ONNX does not have."""
    name = f"{node.domain}.{node.op_type}".lstrip(".")
    if node.domain == "com.microsoft":
        quantized = node.op_type.startswith(("Q", "Dynamic", "MatMulInteger", "ConvInteger"))
        way_out = (
            "quantize with quant_format=QuantFormat.QDQ, or import the float file"
            if quantized
            else "import the file from before onnxruntime's optimizer"
        )
        return Obstacle(label(node), name, "this operator is onnxruntime's own", way_out)
    return Obstacle(
        label(node), name, "ONNX has no such operator", "export the network from operators of ONNX alone"
    )


def _listed(names: Iterable[str]) -> str:
    quoted = [repr(name) for name in sorted(names)]
    return f"the input {quoted[0]}" if len(quoted) == 1 else f"the inputs {', '.join(quoted)}"
