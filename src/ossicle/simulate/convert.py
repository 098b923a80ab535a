"""Conversions between element types (:mod:`ossicle.graph.ops.convert`)."""

import numpy as np

from ossicle.graph import DType, Node, Tensor
from ossicle.simulate.numbers import hidden_s8, to_half


def convert(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    (x,), (source,), (target,) = inputs, sources, outputs
    if target.dtype == DType.F16:
        return [to_half(x)]
    if target.dtype == DType.S8 and source.dtype == DType.S16:
        return [hidden_s8(x)]
    if target.dtype == DType.S8:
        return [quantize_s8(x, target)]
    offset = x.astype(np.int32) - source.zero_point if source.dtype == DType.S8 else x
    return [offset.astype(np.float32) * np.float32(source.scale)]


def quantize_s8(x: np.ndarray, target: Tensor) -> np.ndarray:
    """Round float32 to int8 codes, halves to even."""
    steps = np.rint(np.clip(x * np.float32(1 / target.scale), -1024, 1024))
    return np.clip(steps + target.zero_point, -128, 127).astype(np.int8)
