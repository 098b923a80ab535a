"""Layers of filters of rank 1 over the last frames (SVDF): a product for each new frame, a sum over time."""

from dataclasses import replace

from ossicle.importers.network import StatePair
from ossicle.importers.tflite.translation import Site, activated, finish, translates

FEATURES, TIMES, BIAS, STATE = range(1, 5)


@translates("SVDF")
def _filters(site: Site) -> None:
    """``y[u] = bias[u] + sum over r, t of times[f, t] (features[f] . x[t])`` with ``f = rank u + r``.

    The last frame of the memory is the newest; the memory keeps the products.
    """
    if site.at(0).quantization is not None:
        raise site.obstacle(
            "in integers it is not imported", "import the float network, and quantize it with --scheme w8a16"
        )
    features, times = site.float_weight(FEATURES), site.float_weight(TIMES)
    assert features.constant is not None and times.constant is not None
    filters, memory = times.shape
    rank = int(site.options.get("Rank", 1))
    (output,) = site.outputs
    batch, units = site.value(output).shape
    if batch != 1 or units * rank != filters:
        raise site.obstacle(f"it filters {batch} frames side by side", "export it with a batch of one")
    old = site.into.declare(replace(site.at(STATE), shape=(1, filters, memory), constant=None))
    product, column = site.between(old, (1, filters)), site.between(old, (1, filters, 1))
    kept, new = site.between(old, (1, filters, memory - 1)), site.between(old)
    weight = site.constant(features.name, features.constant)
    site.emit("Gemm", [site.input(0), weight], [product], alpha=1.0, beta=1.0, transA=0, transB=1)
    site.reshape_to(product, column)
    site.emit("Slice", [old], [kept], starts=(1,), ends=(memory,), axes=(2,), steps=(1,))
    site.emit("Concat", [kept, column], [new], axis=2)
    site.into.inputs.append(old)
    site.into.outputs.append(new)
    site.into.states.append(StatePair(old, new, f"variable tensor of {site.name}"))
    kernel = site.constant(times.name, times.constant[:, None])
    filtered, apart = site.between(old, (1, filters, 1)), site.between(old, (1, units, rank))
    window = {"kernel_shape": (memory,), "strides": (1,), "dilations": (1,), "pads": (0, 0)}
    site.emit("Conv", [new, kernel], [filtered], group=filters, **window)
    site.reshape_to(filtered, apart)
    before = activated(site, output)
    total = site.between(output) if site.input(BIAS) else before
    site.emit("ReduceSum", [apart], [total], axes=(2,), keepdims=0)
    if site.input(BIAS):
        site.emit("Add", [total, site.input(BIAS)], [before])
    finish(site, before, output)
