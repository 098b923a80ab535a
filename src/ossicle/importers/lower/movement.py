"""Operators that only move data: they move addresses, and no node comes of them."""

import numpy as np

from ossicle.importers.lower.context import Context, rule
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle


@rule("Identity", "Reshape")
def _same_order(context: Context, operation: Operation) -> None:
    context.put(operation.outputs[0], context.place(operation.inputs[0]))


@rule("Transpose")
def _transpose(context: Context, operation: Operation) -> None:
    index = context.place(operation.inputs[0])
    context.put(operation.outputs[0], index.transpose(operation.attributes.get("perm")))


@rule("Expand")
def _expand(context: Context, operation: Operation) -> None:
    shape = context.shape(operation.outputs[0])
    context.put(operation.outputs[0], np.broadcast_to(context.place(operation.inputs[0]), shape))


@rule("Tile")
def _tile(context: Context, operation: Operation) -> None:
    index = context.place(operation.inputs[0])
    context.put(operation.outputs[0], np.tile(index, operation.attributes["repeats"]))


@rule("Slice")
def _slice(context: Context, operation: Operation) -> None:
    index, attributes = context.place(operation.inputs[0]), operation.attributes
    cuts = [slice(None)] * index.ndim
    names = ("axes", "starts", "ends", "steps")
    for axis, start, end, step in zip(*(attributes[name] for name in names), strict=True):
        # Backwards, an end before the first value is less than -size, which Python writes as none.
        cuts[axis] = slice(start, None if end < -index.shape[axis] else end, step)
    context.put(operation.outputs[0], index[tuple(cuts)])


@rule("Split")
def _split(context: Context, operation: Operation) -> None:
    ends = np.cumsum(operation.attributes["split"])
    parts = np.split(context.place(operation.inputs[0]), ends[:-1], operation.attributes.get("axis", 0))
    for output, part in zip(operation.outputs, parts, strict=True):
        context.put(output, part)


@rule("Concat")
def _concat(context: Context, operation: Operation) -> None:
    parts = [context.place(value) for value in operation.inputs]
    context.put(operation.outputs[0], np.concatenate(parts, operation.attributes["axis"]))


@rule("Pad")
def _pad(context: Context, operation: Operation) -> None:
    index, attributes = context.place(operation.inputs[0]), operation.attributes
    mode, pads = attributes.get("mode", "constant"), attributes["pads"]
    widths = list(zip(pads[: index.ndim], pads[index.ndim :], strict=True))
    for axis, (before, after) in enumerate(widths):
        cut = slice(max(0, -before), index.shape[axis] - max(0, -after))
        index = np.take(index, np.arange(index.shape[axis])[cut], axis)
    widths = [(max(0, before), max(0, after)) for before, after in widths]
    if mode == "constant":
        value = np.array([attributes.get("value", 0.0)])
        (address,) = context.builder.addresses.add_constants(value)
        index = np.pad(index, widths, constant_values=address)
    else:
        index = np.pad(index, widths, mode)
    context.put(operation.outputs[0], index)


@rule("Gather")
def _gather(context: Context, operation: Operation) -> None:
    chosen = _fixed(context, operation, 1, "indices")
    taken = np.take(context.place(operation.inputs[0]), chosen, operation.attributes.get("axis", 0))
    context.put(operation.outputs[0], taken)


@rule("GatherElements")
def _gather_elements(context: Context, operation: Operation) -> None:
    index, chosen = context.place(operation.inputs[0]), _fixed(context, operation, 1, "indices")
    axis = operation.attributes.get("axis", 0)
    context.put(operation.outputs[0], np.take_along_axis(index, chosen % index.shape[axis], axis))


@rule("GatherND")
def _gather_nd(context: Context, operation: Operation) -> None:
    chosen = _fixed(context, operation, 1, "indices")
    index = context.place(operation.inputs[0])
    context.put(operation.outputs[0], index[tuple(np.moveaxis(chosen, -1, 0))])


@rule("ScatterND")
def _scatter(context: Context, operation: Operation) -> None:
    where = _fixed(context, operation, 1, "indices")
    if operation.attributes.get("reduction", "none") != "none":
        raise Obstacle.at(operation, "it adds to what is there", "write the slices with torch.cat")
    index = context.place(operation.inputs[0]).copy()
    index[tuple(np.moveaxis(where, -1, 0))] = context.place(operation.inputs[2])
    context.put(operation.outputs[0], index)


@rule("DepthToSpace")
def _depth_to_space(context: Context, operation: Operation) -> None:
    index, size = context.place(operation.inputs[0]), operation.attributes["blocksize"]
    batch, _, height, width = index.shape
    if operation.attributes.get("mode", "DCR") == "DCR":
        blocks = index.reshape(batch, size, size, -1, height, width).transpose(0, 3, 4, 1, 5, 2)
    else:
        blocks = index.reshape(batch, -1, size, size, height, width).transpose(0, 1, 4, 2, 5, 3)
    context.put(operation.outputs[0], blocks)


@rule("SpaceToDepth")
def _space_to_depth(context: Context, operation: Operation) -> None:
    index, size = context.place(operation.inputs[0]), operation.attributes["blocksize"]
    batch, channels, height, width = index.shape
    blocks = index.reshape(batch, channels, height // size, size, width // size, size)
    context.put(operation.outputs[0], blocks.transpose(0, 3, 5, 1, 2, 4))


@rule("Resize")
def _resize(context: Context, operation: Operation) -> None:
    """Each value repeated, or some of them left out; nothing is computed between them."""
    index, attributes = context.place(operation.inputs[0]), operation.attributes
    if attributes.get("mode", "nearest") != "nearest":
        raise Obstacle.at(operation, "it computes values between others", "export it with mode='nearest'")
    given = context.constant(operation.inputs[2]) if len(operation.inputs) > 2 else None
    sizes = context.shape(operation.outputs[0])
    for axis, (before, after) in enumerate(zip(index.shape, sizes, strict=True)):
        scale = after / before if given is None or not given.size else float(given[axis])
        index = np.take(index, _nearest(operation, before, after, scale), axis)
    context.put(operation.outputs[0], index)


def _nearest(operation: Operation, before: int, after: int, scale: float) -> np.ndarray:
    """Of each index of an axis that was stretched from one size to another, the index that it comes from."""
    new, attributes = np.arange(after), operation.attributes
    places = {
        "asymmetric": new / scale,
        "half_pixel": (new + 0.5) / scale - 0.5,
        "pytorch_half_pixel": (new + 0.5) / scale - 0.5 if after > 1 else 0.0 * new,
        "align_corners": new * (before - 1) / max(1, after - 1),
    }
    kind = attributes.get("coordinate_transformation_mode", "half_pixel")
    if kind not in places:
        raise Obstacle.at(operation, f"its places are {kind!r}", "export it as torch does")
    rounded = {
        "round_prefer_floor": np.ceil(places[kind] - 0.5),
        "round_prefer_ceil": np.floor(places[kind] + 0.5),
        "floor": np.floor(places[kind]),
        "ceil": np.ceil(places[kind]),
    }[attributes.get("nearest_mode", "round_prefer_floor")]
    found: np.ndarray = np.clip(rounded, 0, before - 1)
    return found.astype(np.int64)


def _fixed(context: Context, operation: Operation, port: int, what: str) -> np.ndarray:
    """A constant input that says where data goes."""
    found = context.constant(operation.inputs[port])
    if found is None:
        raise Obstacle.at(
            operation, f"its {what} depend on the data", "export it with indices that are constants"
        )
    return found.astype(np.int64)
