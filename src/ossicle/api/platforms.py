"""Models on the platforms of targets: planned, and run on what stands in for them."""

from pathlib import Path

from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.platforms.platform import lacking, platform_of
from ossicle.platforms.result import Estimate, Result
from ossicle.programs.interface import INTERFACES, Given
from ossicle.targets import Target, load_target


def plan(
    model: Model, target: str = "gap9", workers: int | None = None, l1_bytes: int | None = None
) -> Estimate:
    """Plan a model onto a cluster, and say what a frame takes there by the models of docs/cluster.md.

    ``workers`` and ``l1_bytes`` take the place of the target's own.
    """
    chosen = _resized(load_target(target), workers, l1_bytes)
    platform = platform_of(chosen)
    if platform.estimate is None:
        raise lacking("a plan", chosen, lambda other: other.estimate)
    return platform.estimate(model.graph, chosen)


def run(
    model: Model,
    inputs: str | Path | Given | None = None,
    target: str = "stm32f767",
    on: str | None = None,
    seconds: float = 2.0,
    workers: int | None = None,
    l1_bytes: int | None = None,
) -> Result:
    """Run a model on what stands in for a target, and hold it to this computer's C and the simulation.

    ``inputs`` are a recording, of which the first channel is heard, or samples at the model's rate, float or
    int16 of shape ``(n,)``; without, a synthetic voice in noise. A network without a front end takes arrays
    ``(frames, ...)`` of its inputs, in their order or by name, or an ``.npz`` file of them; without, random
    ones. The first ``seconds`` are run, or all where nobody knows how many frames a second has.

    ``on`` is ``"unicorn"`` or ``"qemu"`` for a chip, which gives a :class:`ChipEmulation`; ``"threads"``,
    ``"qemu"`` or ``"rtl"`` for a cluster, which gives a :class:`ClusterEmulation`, or ``"model"``, which runs
    nothing and is :func:`plan`; ``"qemu"`` for a computer with Linux, which gives an
    :class:`Emulation`; and ``"wasmtime"`` for a web page, which gives a :class:`WebEmulation`. ``workers``
    and ``l1_bytes`` are as there.
    """
    chosen, graph = _resized(load_target(target), workers, l1_bytes), model.graph
    platform = platform_of(chosen)
    if platform.run is None:
        raise lacking("a run", chosen, lambda other: other.run)
    on = on or platform.on[0]
    if on not in platform.on:
        raise OssicleError(
            f"{chosen.name} is {platform.description}, which does not run on {on!r}; choose "
            f"{' or '.join(platform.on)}"
        )
    return platform.run(graph, chosen, on, lambda: INTERFACES[graph.task.name].read(graph, inputs, seconds))


def _resized(target: Target, workers: int | None, l1_bytes: int | None) -> Target:
    """The target with other sizes, where they are given."""
    if workers is None and l1_bytes is None:
        return target
    resize = platform_of(target).resize
    if resize is None:
        raise lacking("a number of workers or a size of L1", target, lambda other: other.resize)
    resized: Target = resize(target, workers, l1_bytes)
    return resized
