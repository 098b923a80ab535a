"""Operators that move values and compute none."""

from collections.abc import Sequence

import numpy as np

from ossicle.importers.tflite.translation import Site, translates


@translates("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
def _reshape(site: Site) -> None:
    site.reshape_to(site.input(0), site.outputs[0])


@translates("TRANSPOSE")
def _transpose(site: Site) -> None:
    site.emit("Transpose", [site.input(0)], site.outputs, perm=site.numbers(1))


@translates("CONCATENATION")
def _concatenate(site: Site) -> None:
    (output,) = site.outputs
    if site.options.get("FusedActivationFunction"):
        raise site.obstacle("it has a fused activation function", "make that an operator of its own")
    rank = len(site.value(output).shape)
    site.emit("Concat", site.inputs, [output], axis=site.options["Axis"] % rank)


def _cut(site: Site, output: str, cuts: Sequence[slice]) -> None:
    """Append a slice along all axes, and the reshape that drops those which the output has not."""
    x = site.input(0)
    shape = tuple(len(range(size)[cut]) for size, cut in zip(site.value(x).shape, cuts, strict=True))
    sliced = output if site.value(output).shape == shape else site.between(output, shape)
    bounds = [cut.indices(size) for cut, size in zip(cuts, site.value(x).shape, strict=True)]
    axes = tuple(range(len(shape)))
    site.emit(
        "Slice",
        [x],
        [sliced],
        axes=axes,
        starts=tuple(start for start, _, _ in bounds),
        # Behind the first value, an index of -1 would mean the last one.
        ends=tuple(
            stop if stop >= 0 else -size - 1
            for (_, stop, _), size in zip(bounds, site.value(x).shape, strict=True)
        ),
        steps=tuple(step for _, _, step in bounds),
    )
    if sliced != output:
        site.reshape_to(sliced, output)


@translates("STRIDED_SLICE")
def _strided_slice(site: Site) -> None:
    begin, end, strides = (site.numbers(port) for port in (1, 2, 3))
    masks = {name: site.options.get(f"{name}Mask", 0) for name in ("Begin", "End", "ShrinkAxis")}
    if site.options.get("EllipsisMask") or site.options.get("NewAxisMask"):
        raise site.obstacle("it uses an ellipsis or new axes", "write the slice with all of its axes")
    cuts = []
    for axis, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        if masks["ShrinkAxis"] >> axis & 1:
            size = site.at(0).shape[axis]
            cuts.append(slice(first % size, first % size + 1))
            continue
        start = None if masks["Begin"] >> axis & 1 else first
        stop = None if masks["End"] >> axis & 1 else last
        cuts.append(slice(start, stop, step))
    cuts += [slice(None)] * (len(site.at(0).shape) - len(cuts))
    _cut(site, site.outputs[0], cuts)


@translates("SLICE")
def _slice(site: Site) -> None:
    begin, sizes = site.numbers(1), site.numbers(2)
    cuts = [
        slice(first, None if size < 0 else first + size) for first, size in zip(begin, sizes, strict=True)
    ]
    _cut(site, site.outputs[0], cuts)


@translates("SPLIT", "SPLIT_V")
def _split(site: Site) -> None:
    data, axis_at = (1, 0) if site.record.kind == "SPLIT" else (0, 2)
    x = site.at(data)
    (axis,) = site.numbers(axis_at)
    axis %= len(x.shape)
    sizes = tuple(site.value(output).shape[axis] for output in site.outputs)
    site.emit("Split", [x.name], site.outputs, axis=axis, split=sizes)


@translates("PACK")
def _pack(site: Site) -> None:
    (output,) = site.outputs
    shape = site.value(output).shape
    axis = site.options["Axis"] % len(shape)
    one = (*shape[:axis], 1, *shape[axis + 1 :])
    site.emit("Concat", [site.reshaped(name, one) for name in site.inputs], [output], axis=axis)


@translates("UNPACK")
def _unpack(site: Site) -> None:
    x = site.at(0)
    axis = site.options["Axis"] % len(x.shape)
    one = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    if len(site.outputs) == 1:
        site.reshape_to(x.name, site.outputs[0])
        return
    parts = [site.between(x.name, one) for _ in site.outputs]
    site.emit("Split", [x.name], parts, axis=axis, split=(1,) * len(parts))
    for part, output in zip(parts, site.outputs, strict=True):
        site.reshape_to(part, output)


@translates("PAD", "PADV2", "MIRROR_PAD")
def _pad(site: Site) -> None:
    pairs = np.array(site.numbers(1)).reshape(-1, 2)
    pads = (*(int(n) for n in pairs[:, 0]), *(int(n) for n in pairs[:, 1]))
    if site.record.kind == "MIRROR_PAD":
        if site.options.get("Mode", 0) != 0:
            raise site.obstacle("it mirrors with the edge", "use a reflection without the edge")
        site.emit("Pad", [site.input(0)], site.outputs, pads=pads, mode="reflect")
        return
    value = 0.0
    if site.record.kind == "PADV2":
        constant, quantization = site.at(2).constant, site.at(2).quantization
        if constant is None:
            raise site.obstacle("its value is no constant", "pad with a constant")
        value = float(constant.ravel()[0])
        if quantization is not None:
            value = (value - int(quantization.zero_point[0])) * float(quantization.scale[0])
    site.emit("Pad", [site.input(0)], site.outputs, pads=pads, mode="constant", value=value)


@translates("GATHER")
def _gather(site: Site) -> None:
    if site.options.get("BatchDims"):
        raise site.obstacle("it gathers batch by batch", "gather by constant indices")
    site.numbers(1)
    axis = site.options.get("Axis", 0) % len(site.at(0).shape)
    site.emit("Gather", [site.input(0), site.input(1)], site.outputs, axis=axis)


@translates("TILE")
def _tile(site: Site) -> None:
    site.emit("Tile", [site.input(0)], site.outputs, repeats=site.numbers(1))


@translates("BROADCAST_TO")
def _broadcast(site: Site) -> None:
    site.emit("Expand", [site.input(0)], site.outputs, shape=site.value(site.outputs[0]).shape)


@translates("REVERSE_V2")
def _reverse(site: Site) -> None:
    raise site.obstacle(
        "it turns an axis around, as a layer does that runs backwards over time",
        "train the network in one direction",
    )
