"""The verbs of the command line for Python: load, quantize, compile, evaluate, plan, run.

Paths are strings or :class:`pathlib.Path`. Results are frozen; their ``as_dict`` is what ``--json`` prints
besides the question. What cannot be done raises :class:`OssicleError`, whose sentence names the way out.
"""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.audio.sound import sound_to_run
from ossicle.cost.estimate import Estimate, estimate
from ossicle.cost.planning import plan_for
from ossicle.emit import emit
from ossicle.errors import OssicleError
from ossicle.graph import Spotting, Suppression
from ossicle.graph.file import SUFFIX, Model, load_model, save_model
from ossicle.measure import quality
from ossicle.quantize import Ranges, calibrate
from ossicle.quantize import quantize as quantize_graph
from ossicle.run import HostProgram, SpotterProgram, build
from ossicle.run.chip import ChipProgram
from ossicle.scale import on_cluster
from ossicle.targets import load_target
from ossicle.targets.variants import need_cluster
from ossicle.verify.cluster_program import ClusterEmulation, emulate_cluster
from ossicle.verify.emulated_chip import Emulation, emulate
from ossicle.zoo import zoo_names, zoo_path

DEFAULT_SCHEMES = {Suppression: "mixed", Spotting: "w8a16"}

ON_CHIP = ("unicorn", "qemu")
ON_CLUSTER = ("threads", "qemu", "rtl", "model")


def zoo_models(task: type) -> list[str]:
    """Names of the models that ship for a task, such as :class:`ossicle.graph.Spotting`."""
    return [name for name in zoo_names() if isinstance(load(name).graph.task, task)]


def load(name: str | Path) -> Model:
    """Load a model by its name in the zoo, such as ``"gru256"``, or by the path of its file."""
    if str(name) in zoo_names():
        return load_model(zoo_path(str(name)))
    path = Path(name)
    if path.suffix != SUFFIX and not path.exists():
        raise OssicleError(
            f"there is no model {str(name)!r}; name a {SUFFIX} file or one of {', '.join(zoo_names())}"
        )
    return load_model(path)


def save(model: Model, path: str | Path) -> None:
    """Write a model file, which :func:`load` and the command line take; whole, or not at all."""
    save_model(model, Path(path))


def quantize(
    model: Model,
    precisions: str | Mapping[str, str] | None = None,
    clips: Sequence[np.ndarray] | None = None,
    ranges: Ranges | None = None,
) -> Model:
    """Return the model in a scheme, or with the precision of each node by its name.

    Without either, the scheme is ``mixed``, or ``w8a16`` for a spotter. The model's own calibration is
    replaced by one on ``clips`` of its input, each ``(frames, inputs)``, where they are given; only then can
    ``ranges`` be.
    """
    calibration = model.calibration
    precisions = precisions or DEFAULT_SCHEMES[type(model.graph.task)]
    if clips is not None:
        calibration = calibrate(model.graph, clips, ranges)
    elif ranges not in (None, Ranges()):
        raise OssicleError("other ranges need recordings to measure them on: give --calibration")
    return replace(model, graph=quantize_graph(model.graph, precisions, calibration), calibration=calibration)


def compile(
    model: Model, out: str | Path | None = None, target: str = "host"
) -> HostProgram | SpotterProgram | ChipProgram:
    """Emit the model's C into the folder ``out``, or a temporary one, as a program to be run from Python.

    For this computer, or a cluster, whose program then runs on threads, the C is built and loaded. For a
    chip, the folder is what goes to the board; the program runs it on an emulator, and a temporary folder
    lives as long as the program.
    """
    if out is not None:
        return _compile_into(Path(out), model, target)
    scratch = Path(tempfile.mkdtemp(prefix="ossicle-"))
    program = None
    try:
        program = _compile_into(scratch / model.graph.name, model, target)
    finally:
        if isinstance(program, ChipProgram):
            weakref.finalize(program, shutil.rmtree, scratch, ignore_errors=True)
        else:
            shutil.rmtree(scratch)
    return program


def _compile_into(out: Path, model: Model, target: str) -> HostProgram | SpotterProgram | ChipProgram:
    chip = load_target(target)
    summary = write_c(model, out, target, "threads" if chip.cluster else "")
    return ChipProgram(out, chip, summary) if chip.chip else build(out)


def write_c(model: Model, out: str | Path, target: str = "host", backend: str = "") -> Mapping[str, Any]:
    """Emit the model's C into the folder ``out``, build nothing, and return what its ``model.json`` says.

    ``backend`` is what a cluster program runs on, in place of the target's own: ``"pmsis"``, ``"threads"``,
    ``"harts"`` or ``"rtl"``.
    """
    chip = load_target(target)
    return emit(model.graph, plan_for(model.graph, chip), chip, Path(out), backend)


def evaluate(
    model: Model,
    noisy: str | Path,
    clean: str | Path,
    jobs: int = -1,
    cluster: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> quality.Evaluation:
    """Score a suppressor by PESQ-WB, STOI and SI-SDR over pairs of recordings of one name in two folders.

    ``jobs`` counts processes, -1 for all cores; ``cluster`` is ``"ray"`` to send the work there. ``progress``
    is told how many of how many recordings are done. Needs the packages of ``ossicle[metrics]``.
    """
    if not isinstance(model.graph.task, Suppression):
        raise OssicleError(f"{model.graph.name} is no noise suppressor, and evaluate scores nothing else")
    pairs = quality.find_pairs(noisy, clean)
    program = compile(model)
    with on_cluster(cluster):
        return quality.evaluate_all(pairs, program, jobs, progress)


def plan(
    model: Model, target: str = "gap9", workers: int | None = None, l1_bytes: int | None = None
) -> Estimate:
    """Plan a model onto a cluster, and say what a hop takes there by the models of docs/cluster.md.

    ``workers`` and ``l1_bytes`` take the place of the target's own.
    """
    return estimate(model.graph, need_cluster(load_target(target), workers, l1_bytes).cluster)


def run(
    model: Model,
    audio: str | Path | np.ndarray | None = None,
    target: str = "stm32f767",
    on: str | None = None,
    seconds: float = 2.0,
    workers: int | None = None,
    l1_bytes: int | None = None,
) -> Emulation | ClusterEmulation | Estimate:
    """Run a model on an emulated chip, or on a cluster, and hold it to this computer's C and the simulation.

    ``audio`` is a recording, of which the first channel is heard, or samples at the model's rate, float or
    int16 of shape ``(n,)``; without, a synthetic voice in noise. The first ``seconds`` of it are run. ``on``
    is ``"unicorn"`` or ``"qemu"`` for a chip; ``"threads"``, ``"qemu"`` or ``"rtl"`` for a cluster, or
    ``"model"``, which runs nothing and is :func:`plan`. ``workers`` and ``l1_bytes`` are as there.
    """
    if on not in (None, *ON_CHIP, *ON_CLUSTER):
        raise OssicleError(
            f"nothing runs on {on!r}; choose {', '.join(ON_CHIP)} or, for a cluster, {', '.join(ON_CLUSTER)}"
        )
    chip, graph = load_target(target), model.graph
    cluster_only = set(ON_CLUSTER) - set(ON_CHIP)
    if chip.cluster or workers is not None or l1_bytes is not None or on in cluster_only:
        chip, on = need_cluster(chip, workers, l1_bytes), on or "threads"
        if on == "unicorn":
            raise OssicleError("unicorn has one core; run a cluster on threads, qemu, rtl or model")
        if on == "model":
            return estimate(graph, chip.cluster)
        sound = sound_to_run(audio, graph.task.sample_rate, seconds)
        found = emulate_cluster(graph, chip, on, sound.samples)
    elif chip.chip:
        sound = sound_to_run(audio, graph.task.sample_rate, seconds)
        found = emulate(graph, chip, sound.samples, on or "unicorn")
    else:
        raise OssicleError(f"the target {target} is no chip to emulate; ossicle bench times it")
    return replace(found, repaired=sound.repaired)
