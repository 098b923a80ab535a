"""The kinds of features and of estimates in C: what each keeps, what its macros need, what a cluster shares.

:mod:`ossicle.audio.features` and :mod:`ossicle.audio.estimates` define them. ``templates/features.j2`` and
``templates/estimates.j2`` have a macro for each kind, by its name, which a core runs that is alone; the macro
``..._shared`` is for the workers of a cluster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.audio.estimates import Mask
from ossicle.audio.features import Compressed, Features, Magnitude, Samples, level_rates
from ossicle.audio.parts import INTERLEAVED
from ossicle.audio.stft import StftConfig
from ossicle.emit.c_text import array_text
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.task import EndCall, Parallel, TaskBuffer
from ossicle.tasks import transforms
from ossicle.tasks.suppression.settings import Suppression, task_of

CONSTANTS = frozenset(("stft", "analysis", "synthesis", "twiddle", "swaps", "network"))
VARIABLES = frozenset(
    (
        *("in", "out", "history", "overlap", "level", "spectrum", "estimate", "samples_in", "samples_out"),
        *("states", "step", "left", "frame", "items", "worker", "begin", "bin"),
    )
)


@dataclass(frozen=True)
class FeaturesInC:
    """What one kind of features needs besides its macro."""

    fields: tuple[TaskBuffer, ...] = ()
    """What is kept from frame to frame."""
    values: Callable[[StftConfig], Mapping[str, str]] = lambda config: {}


def _rates(config: StftConfig) -> dict[str, str]:
    attack, release = map(number, level_rates(config))
    return {"attack": attack, "release": release}


MORE = {Compressed.kind: FeaturesInC((TaskBuffer("level", "float", 1),), _rates)}
"""By the name of the kind, where it needs more."""
SHARED: Mapping[Features, Callable[[StftConfig], tuple[EndCall, ...]]] = {
    Magnitude(): lambda config: (EndCall("magnitude", config.bins),),
    Compressed(): lambda config: (
        EndCall("follow_level", config.hop, shared=False),
        EndCall("compress", config.bins),
    ),
}
"""What workers of a cluster call for the features that they can share."""


def number(value: float) -> str:
    """A float constant of C."""
    return array_text(np.array([value], np.float32))


def places(layout: str, bins: int) -> str:
    """Arguments of C that say where parts of complex numbers lie: their distance, and that of re and im."""
    return "2, 1" if layout == INTERLEAVED else f"1, {bins}"


def needs_spectrum(task: Suppression) -> bool:
    """Whether the frame is transformed: not where only samples are heard, and its output is no mask."""
    return task.estimate.masks or any(features.kind != Samples.kind for features in task.heard)


def fields(graph: Graph) -> list[TaskBuffer]:
    """What a suppressor keeps from frame to frame."""
    task = task_of(graph)
    kept = [TaskBuffer(name, "float", task.stft.latency) for name in ("history", "overlap")]
    return [*kept, *(part for one in task.heard if one.kind in MORE for part in MORE[one.kind].fields)]


def scratch(graph: Graph, last: int) -> list[TaskBuffer]:
    """Samples in and out, the spectrum that is heard, and the estimate if it is not made in its place."""
    task = task_of(graph)
    size = 2 * task.stft.bins
    return [
        TaskBuffer("samples_in", "float", task.hop, 0, 1),
        TaskBuffer("spectrum", "float", size, 1, last + 1 if task.estimate.masks else 2),
        *([] if task.estimate.masks else [TaskBuffer("estimate", "float", size, last, last + 1)]),
        TaskBuffer("samples_out", "float", task.hop, last + 1, last + 2),
    ]


def tables(graph: Graph) -> dict[str, np.ndarray]:
    """The constant tables of a suppressor's transform."""
    config = task_of(graph).stft
    return transforms.transform_tables(config.n_fft, config.analysis_window) | transforms.inverse_tables(
        config
    )


def values(graph: Graph) -> dict[str, object]:
    """What the templates need besides the graph."""
    task = task_of(graph)
    more = [MORE[one.kind].values(task.stft) for one in task.heard if one.kind in MORE]
    named = list(zip(task.heard, graph.inputs, strict=True))
    return {
        "transform_text": transforms.transform_text(tables(graph), task.stft, task.stft.envelope),
        "samples_heard": [tensor for features, tensor in named if features.kind == Samples.kind],
        "spectrum_heard": [(features, tensor) for features, tensor in named if features.kind != Samples.kind],
        "needs_spectrum": needs_spectrum(task),
        "number": number,
        "places": lambda layout: places(layout, task.stft.bins),
        **{name: text for of in more for name, text in of.items()},
    }


def parallel(graph: Graph) -> Parallel:
    """What the workers of a cluster share; raises :class:`OssicleError` for kinds that they cannot."""
    task = task_of(graph)
    config = task.stft
    if len(task.heard) > 1 or task.heard[0] not in SHARED or task.estimate != Mask():
        raise OssicleError(
            f"a cluster runs suppressors that hear {' or '.join(one.kind for one in SHARED)} and give a "
            f"mask; {graph.name} hears {', '.join(one.kind for one in task.heard)} and gives "
            f"{task.estimate.kind}: compile it for a single core"
        )
    return Parallel(
        config.bins,
        (EndCall("parallel_stft", config.n_fft), *SHARED[task.heard[0]](config)),
        (EndCall("parallel_istft", config.n_fft),),
        sum(table.nbytes for table in tables(graph).values()),
    )
