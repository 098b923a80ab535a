"""Models on chips and clusters: planned, and run on what stands in for them."""

from dataclasses import replace
from pathlib import Path

from ossicle.cost.estimate import Estimate, estimate
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.run.interface import INTERFACES, Given
from ossicle.schedule.plan_search import parallel_ends
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes
from ossicle.verify.cluster_program import ClusterEmulation, emulate_cluster
from ossicle.verify.emulated_chip import Emulation, emulate

ON_CHIP = ("unicorn", "qemu")
ON_CLUSTER = ("threads", "qemu", "rtl", "model")


def plan(
    model: Model, target: str = "gap9", workers: int | None = None, l1_bytes: int | None = None
) -> Estimate:
    """Plan a model onto a cluster, and say what a frame takes there by the models of docs/cluster.md.

    ``workers`` and ``l1_bytes`` take the place of the target's own.
    """
    return estimate(model.graph, with_cluster_sizes(load_target(target), workers, l1_bytes))


def run(
    model: Model,
    inputs: str | Path | Given | None = None,
    target: str = "stm32f767",
    on: str | None = None,
    seconds: float = 2.0,
    workers: int | None = None,
    l1_bytes: int | None = None,
) -> Emulation | ClusterEmulation | Estimate:
    """Run a model on an emulated chip, or on a cluster, and hold it to this computer's C and the simulation.

    ``inputs`` are a recording, of which the first channel is heard, or samples at the model's rate, float or
    int16 of shape ``(n,)``; without, a synthetic voice in noise. A network without a front end takes arrays
    ``(frames, ...)`` of its inputs, in their order or by name, or an ``.npz`` file of them; without, random
    ones. The first ``seconds`` are run, or all where nobody knows how many frames a second has.

    ``on`` is ``"unicorn"`` or ``"qemu"`` for a chip; ``"threads"``, ``"qemu"`` or ``"rtl"`` for a cluster, or
    ``"model"``, which runs nothing and is :func:`plan`. ``workers`` and ``l1_bytes`` are as there.
    """
    if on not in (None, *ON_CHIP, *ON_CLUSTER):
        raise OssicleError(
            f"nothing runs on {on!r}; choose {', '.join(ON_CHIP)} or, for a cluster, {', '.join(ON_CLUSTER)}"
        )
    chip, graph = load_target(target), model.graph
    interface = INTERFACES[graph.task.name]
    cluster_only = set(ON_CLUSTER) - set(ON_CHIP)
    if chip.cluster or workers is not None or l1_bytes is not None or on in cluster_only:
        chip, on = with_cluster_sizes(chip, workers, l1_bytes), on or "threads"
        if on == "unicorn":
            raise OssicleError("unicorn has one core; run a cluster on threads, qemu, rtl or model")
        if on == "model":
            return estimate(graph, chip)
        parallel_ends(graph)
        sound = interface.read(graph, inputs, seconds)
        emulation = emulate_cluster(graph, chip, on, sound.samples)
        return replace(emulation, repaired=sound.repaired)
    if chip.chip:
        sound = interface.read(graph, inputs, seconds)
        return replace(emulate(graph, chip, sound.samples, on or "unicorn"), repaired=sound.repaired)
    raise OssicleError(f"the target {target} is no chip to emulate; ossicle bench times it")
