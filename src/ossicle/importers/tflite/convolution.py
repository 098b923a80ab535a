"""Convolutions, poolings and dense layers: maps come batch, height, width, channels, and leave so."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ossicle.importers.network import Quantization, Value
from ossicle.importers.tflite.translation import (
    TO_CHANNELS_FIRST,
    TO_CHANNELS_LAST,
    Site,
    activated,
    finish,
    translates,
)

SAME = 0
"""Padding that gives ``ceil(size / stride)`` results."""


def pads(
    site: Site, sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...]:
    """Points before the map, then points behind it, along height and width."""
    before, behind = [], []
    for size, taps, step, spread in zip(sizes, kernel, stride, dilation, strict=True):
        reach = (taps - 1) * spread + 1
        padding = max(0, (-(-size // step) - 1) * step + reach - size)
        padding = padding if site.options.get("Padding") == SAME else 0
        before.append(padding // 2)
        behind.append(padding - padding // 2)
    return (*before, *behind)


def rearranged(weight: Value, order: Sequence[int]) -> tuple[np.ndarray, Quantization | None]:
    """A weight with its axes in another order, and its scales along with them."""
    assert weight.constant is not None
    array = np.ascontiguousarray(weight.constant.transpose(order))
    scales = weight.quantization
    if scales is not None and scales.scale.size > 1:
        scales = replace(scales, axis=list(order).index(scales.axis))
    return array, scales


def _slide(site: Site, op: str, inputs: Sequence[str], **attributes: object) -> None:
    """Append an operator on maps with channels first, between transposes, and its activation function."""
    (output,) = site.outputs
    before = activated(site, output)
    x = site.transposed(site.input(0), TO_CHANNELS_FIRST)
    shape = site.value(output).shape
    y = site.between(output, [shape[axis] for axis in TO_CHANNELS_FIRST])
    site.emit(op, [x, *inputs], [y], **attributes)
    site.emit("Transpose", [y], [before], perm=TO_CHANNELS_LAST)
    finish(site, before, output)


def _window(site: Site, kernel: tuple[int, int], dilated: bool = True) -> dict[str, tuple[int, ...]]:
    """Attributes of windows over the map."""
    stride = (site.options["StrideH"], site.options["StrideW"])
    dilation = (site.options["DilationHFactor"], site.options["DilationWFactor"]) if dilated else (1, 1)
    found = {
        "kernel_shape": kernel,
        "strides": stride,
        "pads": pads(site, site.at(0).shape[1:3], kernel, stride, dilation),
    }
    return found | {"dilations": dilation}


@translates("CONV_2D")
def _conv(site: Site) -> None:
    weight = site.float_weight(1)
    _, height, width, channels = weight.shape
    array, scales = rearranged(weight, (0, 3, 1, 2))
    groups = site.at(0).shape[3] // channels
    inputs = [site.constant(weight.name, array, scales), site.input(2)]
    _slide(site, "Conv", inputs, group=groups, **_window(site, (height, width)))


@translates("DEPTHWISE_CONV_2D")
def _depthwise(site: Site) -> None:
    weight = site.float_weight(1)
    _, height, width, _ = weight.shape
    array, scales = rearranged(weight, (3, 0, 1, 2))
    inputs = [site.constant(weight.name, array, scales), site.input(2)]
    _slide(site, "Conv", inputs, group=site.at(0).shape[3], **_window(site, (height, width)))


@translates("TRANSPOSE_CONV")
def _transposed(site: Site) -> None:
    weight = site.float_weight(1)
    _, height, width, _ = weight.shape
    if site.value(site.input(2)).quantization is not None:
        raise site.obstacle("a transposed convolution of integers is not imported", "export it in float")
    (output,) = site.outputs
    stride = (site.options["StrideH"], site.options["StrideW"])
    array, _ = rearranged(weight, (3, 0, 1, 2))
    # What padding takes from the results: as much as it would add to a convolution of the output.
    cut = pads(site, site.value(output).shape[1:3], (height, width), stride, (1, 1))
    grown = [
        (size - 1) * step + taps
        for size, step, taps in zip(site.at(2).shape[1:3], stride, (height, width), strict=True)
    ]
    short = [
        size - (full - cut[axis] - cut[axis + 2])
        for axis, (size, full) in enumerate(zip(site.value(output).shape[1:3], grown, strict=True))
    ]
    x = site.transposed(site.input(2), TO_CHANNELS_FIRST)
    before = activated(site, output)
    shape = site.value(output).shape
    y = site.between(output, [shape[axis] for axis in TO_CHANNELS_FIRST])
    site.emit(
        "ConvTranspose",
        [x, site.constant(weight.name, array), site.input(3)],
        [y],
        kernel_shape=(height, width),
        strides=stride,
        pads=cut,
        dilations=(1, 1),
        group=1,
        output_padding=tuple(max(0, more) for more in short),
    )
    site.emit("Transpose", [y], [before], perm=TO_CHANNELS_LAST)
    finish(site, before, output)


@translates("AVERAGE_POOL_2D", "MAX_POOL_2D")
def _pool(site: Site) -> None:
    kernel = (site.options["FilterHeight"], site.options["FilterWidth"])
    kind = site.record.kind
    more = {"count_include_pad": 0} if kind == "AVERAGE_POOL_2D" else {}
    op = {"AVERAGE_POOL_2D": "AveragePool", "MAX_POOL_2D": "MaxPool"}[kind]
    _slide(site, op, [], ceil_mode=0, **more, **_window(site, kernel, dilated=False))


@translates("FULLY_CONNECTED")
def _dense(site: Site) -> None:
    weight = site.float_weight(1)
    if site.options.get("WeightsFormat"):
        raise site.obstacle("its weights are shuffled", "convert the network without shuffled weights")
    (output,) = site.outputs
    rows, columns = weight.shape
    array, scales = rearranged(weight, (0, 1))
    x = site.reshaped(site.input(0), (int(np.prod(site.at(0).shape)) // columns, columns))
    inputs = [x, site.constant(weight.name, array, scales), site.input(2)]
    shape = (site.value(x).shape[0], rows)
    before = activated(site, output)
    flat = before if site.value(before).shape == shape else site.between(before, shape)
    site.emit("Gemm", inputs, [flat], alpha=1.0, beta=1.0, transA=0, transB=1)
    if flat != before:
        site.reshape_to(flat, before)
    finish(site, before, output)
