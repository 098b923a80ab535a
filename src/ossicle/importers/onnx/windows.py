"""How operators that slide windows over maps are spelled: all sizes and pads explicit."""

from ossicle.importers.onnx.plain import Spelled


def _spatial(spelled: Spelled) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sizes of the maps that go in and come out, without batch and channels."""
    return spelled.x.shape[2:], spelled.y.shape[2:]


def _shared(total: int, upper: bool) -> tuple[int, int]:
    """Padding of an axis in two halves, the larger at the end or at the beginning."""
    half = max(0, total) // 2
    return (half, max(0, total) - half) if upper else (max(0, total) - half, half)


def _window(
    spelled: Spelled, kernel: tuple[int, ...], transposed: bool = False
) -> dict[str, tuple[int, ...]]:
    """Kernel, strides, dilations and pads of a window over maps."""
    axes, attributes = len(kernel), spelled.attributes
    strides = tuple(attributes.get("strides") or [1] * axes)
    dilations = tuple(attributes.get("dilations") or [1] * axes)
    pads = list(attributes.get("pads") or [0] * 2 * axes)
    kind = attributes.get("auto_pad", "NOTSET")
    derived = kind.startswith("SAME") or (transposed and attributes.get("output_shape"))
    for axis, (size, out) in enumerate(zip(*_spatial(spelled), strict=True)):
        reach = (kernel[axis] - 1) * dilations[axis] + 1
        if transposed:
            extra = (attributes.get("output_padding") or [0] * axes)[axis]
            total = strides[axis] * (size - 1) + extra + reach - out
        else:
            total = (out - 1) * strides[axis] + reach - size
        if derived:
            pads[axis], pads[axis + axes] = _shared(total, kind == "SAME_UPPER")
        elif kind == "VALID":
            pads[axis] = pads[axis + axes] = 0
        elif not transposed:
            # A size that is rounded up reads beyond the end.
            pads[axis + axes] = max(pads[axis + axes], total - pads[axis])
    return {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": tuple(pads)}


def _kernel(spelled: Spelled) -> tuple[int, ...]:
    """Size of the filters of a convolution."""
    return spelled.writer.values[spelled.operation.inputs[1]].shape[2:]


def _convolution(spelled: Spelled) -> None:
    channels = spelled.writer.values[spelled.operation.inputs[1]].shape[1]
    spelled.require_features(spelled.x.shape[1], channels * int(spelled.attributes["group"]))
    window = _window(spelled, _kernel(spelled))
    inputs, group = spelled.operation.inputs, int(spelled.attributes["group"])
    spelled.emit("Conv", inputs, group=group, **window)


def _transposed(spelled: Spelled) -> None:
    kernel = _kernel(spelled)
    spelled.emit(
        "ConvTranspose",
        spelled.operation.inputs,
        group=int(spelled.attributes["group"]),
        output_padding=tuple(spelled.attributes.get("output_padding") or [0] * len(kernel)),
        **_window(spelled, kernel, transposed=True),
    )


def _pool(spelled: Spelled) -> None:
    if spelled.more_are_read():
        raise spelled.obstacle("its indices are an output", "export the network without return_indices")
    kernel = tuple(spelled.attributes["kernel_shape"])
    counted = int(spelled.attributes.get("count_include_pad", 0))
    if counted and spelled.attributes.get("ceil_mode"):
        raise spelled.obstacle("it rounds up and counts the padding", "export it with ceil_mode=False")
    window = _window(spelled, kernel)
    spelled.writer.emit(
        spelled.operation.op,
        spelled.operation.name,
        spelled.operation.inputs[:1],
        spelled.operation.outputs[:1],
        **({"count_include_pad": counted} if spelled.operation.op == "AveragePool" else {}),
        **window,
    )


WINDOWS = {
    "AveragePool": _pool,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "MaxPool": _pool,
}
