"""A toy operator: two inputs, a constant and a state of its own, and no matrix.

``y = x + gain * z``, with a gain from -1 to 1 for each element, and ``peak`` the largest ``y`` so far::

    y = x + gain * z
    peak_next = max(peak, y)

It computes in f32, or in int16 with a scale for each tensor.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.graph.operator import Bounds, Op, Role, Stored, register, require
from ossicle.kernels import Call, Calls, Constant, Input, Kernel, Kernels, KernelSet, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.fixed_point import fixed_point, rescale
from ossicle.numerics.formats import Q15, DType

FOLDER = Path(__file__).parent
LIMIT = 65535
TYPES = (DType.F32, DType.S16)


def check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Raise where shapes or types differ, or the gain is missing."""
    require(len({tensor.shape for tensor in (*inputs, *outputs)}) == 1, node, "its tensors differ in shape")
    types = {tensor.dtype for tensor in (*inputs, *outputs)}
    require(len(types) == 1 and types <= set(TYPES), node, "its tensors are not all f32 or all int16")
    require(outputs[1] == inputs[2], node, "its state changes its type")


def parameters(node: Node) -> Mapping[str, Stored]:
    """The gain, float or in Q15."""
    gain = node.constants.get("gain", np.zeros(0, np.float32))
    kind = "int16" if gain.dtype == np.int16 else "float32"
    return {"gain": Stored(Role.PARAMETER, kind, (gain.size,))}


def carried(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, Tensor]:
    """Results with a range of their own; the state stays as it is."""
    if inputs[0].dtype == DType.F32:
        return outputs[0], inputs[2]
    low, high = bounds(node.outputs["y"], DType.S16)
    return Tensor.symmetric_s16(outputs[0].shape, low, high), inputs[2]


def encoded(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Mapping[str, np.ndarray]:
    """The gain in Q15 where all else is int16."""
    if inputs[0].dtype == DType.F32:
        return node.constants
    codes = np.clip(np.rint(node.constants["gain"] / Q15), -32768, 32767)
    return {"gain": codes.astype(np.int16)}


def factors(inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> list[tuple[int, int]]:
    """Multiplier and shift of x, of gain * z, and of y on its way to the peak."""
    (x, z, peak), (y, _) = inputs, outputs
    ratios = (x.scale / y.scale, Q15 * z.scale / y.scale, y.scale / peak.scale)
    return [tuple(int(part) for part in fixed_point(np.float64(ratio))) for ratio in ratios]


def scaled(values: np.ndarray, factor: tuple[int, int]) -> np.ndarray:
    """``osc_rescale_s32``."""
    return np.clip(rescale(values.astype(np.int64), *map(np.asarray, factor)), -LIMIT, LIMIT)


def simulate(
    node: Node, values: Sequence[np.ndarray], inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Both results."""
    (x, z, peak), gain = values, node.constants["gain"]
    if inputs[0].dtype == DType.F32:
        y = x + gain * z
        return [y, np.maximum(peak, y)]
    of_x, of_z, of_peak = factors(inputs, outputs)
    y = scaled(x, of_x) + scaled(z.astype(np.int64) * gain, of_z)
    y = np.clip(y, -32768, 32767).astype(np.int16)
    return [y, np.maximum(peak, np.clip(scaled(y, of_peak), -32768, 32767)).astype(np.int16)]


def lower(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]) -> Calls:
    """One call."""
    inputs, outputs = ([tensors[name] for name in ports.values()] for ports in (node.inputs, node.outputs))
    values: dict[str, Value] = {"x": Input("x"), "z": Input("z"), "gain": Constant("gain")}
    values |= {"y": Output("y"), "peak": Output("peak_next")}
    if inputs[0].dtype == DType.S16:
        for name, (multiplier, shift) in zip(("x", "z", "peak"), factors(inputs, outputs), strict=True):
            values |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    return Calls((Call(kernels.need("mixture", inputs[0].dtype), values),), inputs[0].size)


SCALES = tuple(f"{name}_{part}" for name in ("x", "z", "peak") for part in ("multiplier", "shift"))
TENSORS = ("x", "z", "gain", "y", "peak", "n")
KERNELS = KernelSet(
    "toys",
    (
        Kernel("osc_mixture_f32", "mixture", "f32", TENSORS, shared=True, header="osc_mixture.h"),
        Kernel("osc_mixture_s16", "mixture", "s16", (*TENSORS, *SCALES), shared=True, header="osc_mixture.h"),
    ),
    FOLDER,
    plain=True,
)
MIXTURE = register(
    Op(
        "mixture",
        ("x", "z", "peak"),
        ("y", "peak_next"),
        check,
        simulate,
        FOLDER,
        lower,
        in_place={"peak_next": "peak"},
        parameters=parameters,
        carries=lambda node: TYPES,
        carried=carried,
        encoded=encoded,
    )
)
