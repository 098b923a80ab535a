"""What this computer's C puts out, to which that of every other platform is compared."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.audio.pcm import to_pcm16
from ossicle.emit import emit
from ossicle.graph import Graph, Spotting, Suppression
from ossicle.kernels import Kernels
from ossicle.lowering import PORTABLE
from ossicle.run import build, chip
from ossicle.schedule import plan
from ossicle.targets import load_target


def result_type(graph: Graph) -> np.dtype:
    """What a program puts out: :func:`ossicle.run.chip.result_type`."""
    return chip.result_type(graph.task.outputs if isinstance(graph.task, Spotting) else 0)


def host_output(graph: Graph, samples: np.ndarray, folder: Path, kernels: Kernels = PORTABLE) -> np.ndarray:
    """What plain C puts out on this computer, of :func:`result_type`.

    ``kernels`` are those of the target that is compared, of which the plain ones are taken.
    """
    host = replace(load_target("host"), kernels=kernels.plain)
    emit(graph, plan(graph, kernels=host.kernels), host, folder)
    program = build(folder)
    if isinstance(graph.task, Suppression):
        stream = program.open()
        cleaned = np.concatenate([stream.process(samples), stream.flush()])[: len(samples)]
        return to_pcm16(cleaned).astype("<i2")
    heard = program.spot(samples)
    results = np.zeros(len(heard.posteriors), result_type(graph))
    results["posteriors"], results["word"] = heard.posteriors, -1
    for word in heard.detections:
        step = round(word.seconds * graph.task.sample_rate / graph.task.hop) - 1
        results["word"][step] = graph.task.labels.index(word.word)
    return results
