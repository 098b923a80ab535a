"""Small TFLite files, written table by table with the functions of the schema's package."""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
import tflite

TYPES = {
    "float32": tflite.TensorType.FLOAT32,
    "int8": tflite.TensorType.INT8,
    "uint8": tflite.TensorType.UINT8,
    "int16": tflite.TensorType.INT16,
    "int32": tflite.TensorType.INT32,
    "int64": tflite.TensorType.INT64,
    "complex64": tflite.TensorType.COMPLEX64,
    "bool": tflite.TensorType.BOOL,
    "resource": tflite.TensorType.RESOURCE,
}


@dataclass
class Part:
    """A tensor: of a constant its values, of an integer its scales."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    values: np.ndarray | None = None
    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = (0,)
    axis: int = 0
    variable: bool = False
    signature: tuple[int, ...] = ()
    """The shape with -1 for a size that is open."""


@dataclass
class Step:
    """An operator: its inputs and outputs by name (empty where absent), and its options."""

    kind: str
    inputs: list[str]
    outputs: list[str]
    options: str = ""
    values: dict = field(default_factory=dict)


@dataclass
class Function:
    """A subgraph."""

    parts: list[Part]
    steps: list[Step]
    inputs: list[str]
    outputs: list[str]


def constant(name, values, dtype="int32", scale=(), zero_point=(0,), axis=0):
    array = np.asarray(values, dtype)
    return Part(name, array.shape, dtype, array, scale, zero_point, axis)


class Writer:
    def __init__(self):
        self.builder = flatbuffers.Builder(1024)
        self.buffers = [self.table("Buffer")]
        self.codes = []

    def table(self, kind, **fields):
        """A table of offsets and numbers; strings and vectors have been written before."""
        getattr(tflite, f"{kind}Start")(self.builder)
        for name, value in fields.items():
            if value is not None:
                getattr(tflite, f"{kind}Add{name}")(self.builder, value)
        return getattr(tflite, f"{kind}End")(self.builder)

    def vector(self, offsets):
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return self.builder.EndVector()

    def numbers(self, values, dtype="int32"):
        return self.builder.CreateNumpyVector(np.asarray(values, dtype))

    def part(self, part):
        buffer = 0
        if part.values is not None:
            data = self.numbers(np.frombuffer(part.values.tobytes(), np.uint8), "uint8")
            buffer = len(self.buffers)
            self.buffers.append(self.table("Buffer", Data=data))
        scales = None
        if part.scale:
            scale = self.numbers(part.scale, "float32")
            zero = self.numbers(np.broadcast_to(part.zero_point, len(part.scale)), "int64")
            scales = self.table(
                "QuantizationParameters", Scale=scale, ZeroPoint=zero, QuantizedDimension=part.axis
            )
        name, shape = self.builder.CreateString(part.name), self.numbers(part.shape)
        signature = self.numbers(part.signature) if part.signature else None
        return self.table(
            "Tensor",
            Shape=shape,
            Type=TYPES[part.dtype],
            Buffer=buffer,
            Name=name,
            Quantization=scales,
            IsVariable=part.variable,
            ShapeSignature=signature,
        )

    def step(self, step, places):
        kind = getattr(tflite.BuiltinOperator, step.kind)
        if kind not in self.codes:
            self.codes.append(kind)
        options = None
        if step.options:
            values = {
                name: self.builder.CreateString(value) if isinstance(value, str) else value
                for name, value in step.values.items()
            }
            options = self.table(step.options, **values)
        inputs, outputs = (
            self.numbers([places.get(name, -1) for name in names]) for names in (step.inputs, step.outputs)
        )
        chosen = getattr(tflite.BuiltinOptions, step.options) if step.options else 0
        return self.table(
            "Operator",
            OpcodeIndex=self.codes.index(kind),
            Inputs=inputs,
            Outputs=outputs,
            BuiltinOptionsType=chosen,
            BuiltinOptions=options,
        )

    def function(self, function):
        places = {part.name: index for index, part in enumerate(function.parts)}
        tensors = self.vector([self.part(part) for part in function.parts])
        operators = self.vector([self.step(step, places) for step in function.steps])
        inputs, outputs = (
            self.numbers([places[name] for name in names]) for names in (function.inputs, function.outputs)
        )
        return self.table("SubGraph", Tensors=tensors, Inputs=inputs, Outputs=outputs, Operators=operators)


def write(path, *functions):
    """Write a file of some functions, the main one first; returns its path."""
    writer = Writer()
    graphs = writer.vector([writer.function(function) for function in functions])
    codes = [
        writer.table("OperatorCode", DeprecatedBuiltinCode=min(kind, 127), BuiltinCode=kind, Version=1)
        for kind in writer.codes
    ]
    codes, buffers = writer.vector(codes), writer.vector(writer.buffers)
    model = writer.table("Model", Version=3, OperatorCodes=codes, Subgraphs=graphs, Buffers=buffers)
    writer.builder.Finish(model, b"TFL3")
    path.write_bytes(bytes(writer.builder.Output()))
    return path


def quantized(name, shape, scale, zero_point=0, dtype="int8"):
    """A value that is computed, with its scale."""
    return Part(name, shape, dtype, None, (scale,), (zero_point,))


def small_network():
    """A convolution with padding, a depthwise one, a pooling, a dense layer and a softmax, in int8."""
    rng = np.random.default_rng(4)

    def weights(name, shape, scales, axis):
        codes = rng.integers(-127, 128, shape).astype(np.int8)
        return constant(name, codes, "int8", tuple(float(scale) for scale in scales), axis=axis)

    def biases(name, scale, weight):
        scales = tuple(float(np.float32(scale) * np.float32(each)) for each in weight.scale)
        return constant(name, rng.integers(-800, 800, len(scales)), "int32", scales)

    w1 = weights("w1", (6, 3, 3, 2), rng.uniform(0.002, 0.006, 6), 0)
    w2 = weights("w2", (1, 3, 3, 6), rng.uniform(0.003, 0.007, 6), 3)

    window = {"Padding": 0, "StrideH": 2, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1}
    deep = {**window, "StrideH": 1, "DepthMultiplier": 1, "FusedActivationFunction": 1}
    pool = {"Padding": 1, "StrideH": 3, "StrideW": 5, "FilterHeight": 3, "FilterWidth": 5}
    return Function(
        [
            quantized("x", (1, 6, 5, 2), 0.03, 5),
            w1,
            biases("b1", 0.03, w1),
            quantized("a", (1, 3, 5, 6), 0.06, -128),
            w2,
            biases("b2", 0.06, w2),
            quantized("b", (1, 3, 5, 6), 0.05, -128),
            quantized("c", (1, 1, 1, 6), 0.05, -128),
            weights("w3", (4, 6), (0.01,), 0),
            quantized("d", (1, 4), 0.11, 9),
            quantized("y", (1, 4), 1 / 256, -128),
        ],
        [
            Step(
                "CONV_2D", ["x", "w1", "b1"], ["a"], "Conv2DOptions", {**window, "FusedActivationFunction": 1}
            ),
            Step("DEPTHWISE_CONV_2D", ["a", "w2", "b2"], ["b"], "DepthwiseConv2DOptions", deep),
            Step("AVERAGE_POOL_2D", ["b"], ["c"], "Pool2DOptions", pool),
            Step("FULLY_CONNECTED", ["c", "w3", ""], ["d"], "FullyConnectedOptions", {}),
            Step("SOFTMAX", ["d"], ["y"], "SoftmaxOptions", {"Beta": 1.0}),
        ],
        ["x"],
        ["y"],
    )


def ring(first=None):
    """A variable of int8 that keeps the two rows before the newest one, and a sum over the three."""
    start = np.full((1, 2, 4), -7) if first is None else first
    handle = {"SharedName": "rows"}
    main = Function(
        [
            quantized("x", (1, 1, 4), 0.1, -7),
            Part("handle", (), "resource"),
            quantized("old", (1, 2, 4), 0.1, -7),
            quantized("all", (1, 3, 4), 0.1, -7),
            constant("begin", [0, 1, 0]),
            constant("end", [1, 3, 4]),
            constant("strides", [1, 1, 1]),
            quantized("new", (1, 2, 4), 0.1, -7),
            constant("axis", [1]),
            quantized("y", (1, 4), 0.07, 3),
        ],
        [
            Step("CALL_ONCE", [], [], "CallOnceOptions", {"InitSubgraphIndex": 1}),
            Step("VAR_HANDLE", [], ["handle"], "VarHandleOptions", handle),
            Step("READ_VARIABLE", ["handle"], ["old"], "ReadVariableOptions"),
            Step("CONCATENATION", ["old", "x"], ["all"], "ConcatenationOptions", {"Axis": 1}),
            Step("STRIDED_SLICE", ["all", "begin", "end", "strides"], ["new"], "StridedSliceOptions"),
            Step("ASSIGN_VARIABLE", ["handle", "new"], [], "AssignVariableOptions"),
            Step("MEAN", ["all", "axis"], ["y"], "ReducerOptions", {"KeepDims": False}),
        ],
        ["x"],
        ["y"],
    )
    reset = Function(
        [Part("handle", (), "resource"), constant("start", start, "int8", (0.1,), (-7,))],
        [
            Step("VAR_HANDLE", [], ["handle"], "VarHandleOptions", handle),
            Step("ASSIGN_VARIABLE", ["handle", "start"], [], "AssignVariableOptions"),
        ],
        [],
        [],
    )
    return main, reset
