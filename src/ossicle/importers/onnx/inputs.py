"""The inputs of an ONNX file as values of fixed shapes, from what the file says and what the user chose."""

import math
import re
from dataclasses import dataclass

import onnx
from onnx import helper

from ossicle.errors import OssicleError
from ossicle.importers.network import Value
from ossicle.importers.reading import LARGEST_FILE, Choices, chosen_constant

_OF_TIME = re.compile(r"time|frame|seq|len|step|^t$", re.IGNORECASE)
_OF_BATCH = re.compile(r"batch|^[bn]$", re.IGNORECASE)


@dataclass(frozen=True)
class Input:
    """An input of a file: each size is a number, or the name of a length that is open."""

    name: str
    dtype: str
    sizes: tuple[int | str, ...]
    guessed: bool
    """Whether an open length that is not called a batch, behind the first axis, is one of steps."""

    def open_axes(self) -> list[int]:
        """Axes of open length that are no batch, so that steps may follow one another along them."""
        opened = [axis for axis, size in enumerate(self.sizes) if isinstance(size, str)]
        return [axis for axis in opened if self._of_time(axis, str(self.sizes[axis]))]

    def _of_time(self, axis: int, name: str) -> bool:
        if _OF_BATCH.search(name):
            return False
        return bool(_OF_TIME.search(name)) or (axis > 0 and self.guessed)

    def value(self, length: int, constant: object = None) -> Value:
        """The input with that length of its open axes, and 1 of a batch; a constant where one is given."""
        times = self.open_axes()
        shape = tuple(
            size if isinstance(size, int) else length if axis in times else 1
            for axis, size in enumerate(self.sizes)
        )
        if constant is None:
            return Value(self.name, shape, self.dtype)
        array = chosen_constant(self.name, constant, self.dtype, shape)
        return Value(self.name, shape, self.dtype, array)


def input_names(graph: onnx.GraphProto) -> list[str]:
    """Names of the inputs of a graph, less its constants."""
    return [info.name for info in _given(graph)]


def read_inputs(graph: onnx.GraphProto, choices: Choices) -> list[Input]:
    """The inputs of a graph, less its constants; raises :class:`OssicleError` where a choice does not fit."""
    found = [_input(info, choices) for info in _given(graph)]
    names = input_names(graph)
    for option, chosen in (("--shape", choices.shapes), ("--set", choices.constants)):
        for name in chosen:
            if name not in names:
                raise OssicleError(f"{option} names {name!r}; the network's inputs are {', '.join(names)}")
    return found


def _given(graph: onnx.GraphProto) -> list[onnx.ValueInfoProto]:
    kept = {tensor.name for tensor in graph.initializer}
    return [info for info in graph.input if info.name not in kept]


def _input(info: onnx.ValueInfoProto, choices: Choices) -> Input:
    name, kind = info.name, info.type.tensor_type
    if info.type.WhichOneof("value") != "tensor_type" or kind.elem_type in (0, onnx.TensorProto.STRING):
        raise OssicleError(f"the input {name!r} is no tensor of numbers; export a network of tensors")
    dtype = helper.tensor_dtype_to_np_dtype(kind.elem_type).name
    sizes = [_size(dim, axis) for axis, dim in enumerate(kind.shape.dim)]
    known = kind.HasField("shape")
    opened = not known or any(isinstance(size, str) for size in sizes)
    usual = choices.usual_shapes.get(name) if opened else None
    chosen = choices.shapes.get(name, usual)
    if chosen is not None:
        if known and len(chosen) != len(sizes):
            raise OssicleError(
                f"the shape that is given for {name!r} has {len(chosen)} sizes; in the file it has "
                f"{len(sizes)}: {', '.join(map(str, sizes))}"
            )
        filled = ["time" if size is None else size for size in chosen]
        if known and chosen is usual:
            filled = [old if isinstance(old, int) else new for old, new in zip(sizes, filled, strict=True)]
        sizes = filled
    elif not known:
        raise OssicleError(
            f"the input {name!r} has no shape in the file; give it, such as --shape {name}=1,1,257"
        )
    known = [size for size in sizes if isinstance(size, int)]
    if min(known, default=1) < 1 or math.prod(known) > LARGEST_FILE:
        raise OssicleError(
            f"the input {name!r} has the shape {', '.join(map(str, sizes))}; give another with --shape"
        )
    # Who gives shapes has said where time is.
    return Input(name, dtype, tuple(sizes), not (choices.shapes or choices.usual_shapes))


def _size(dim: onnx.TensorShapeProto.Dimension, axis: int) -> int | str:
    """A size of a shape; 0 and less stand for an open length too."""
    if dim.HasField("dim_value") and dim.dim_value > 0:
        return dim.dim_value
    return dim.dim_param or f"axis {axis}"
