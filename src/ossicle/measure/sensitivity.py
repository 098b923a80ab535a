"""What each precision of each node does to the output: a cheap stand-in for the quality that it costs."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ossicle.errors import OssicleError
from ossicle.files import replacing
from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration
from ossicle.graph.task import Clip
from ossicle.quantization import Ranges, calibrate, clip_arrays, quantize
from ossicle.quantization.search import all_in_fp32_but, one_at_a_time
from ossicle.scale import run_all
from ossicle.simulate import Simulator

VERSION = 2
"""Raise it when a change of the code changes the output errors: those in the cache are then measured anew."""


class OutputError:
    """Error of what a quantized graph makes of clips of its input, against the float graph.

    It is the energy of the difference of what the task compares (:attr:`TaskRecord.compared`), relative to
    that of the float graph's. Clips are cut to the shortest.
    """

    def __init__(self, graph: Graph, clips: Sequence[Clip]) -> None:
        arrays = [clip_arrays(graph, clip) for clip in clips]
        frames = min(len(of[0]) for of in arrays)
        self.inputs = [np.stack([array[:frames] for array in of], axis=1) for of in zip(*arrays, strict=True)]
        """Of each input of the network, ``(frames, clips, size)``."""
        self.reference = self._output(graph)

    def __call__(self, graph: Graph) -> float:
        """Relative energy of the error of ``graph``."""
        error = np.square(self._output(graph) - self.reference).sum(dtype=np.float64)
        return float(error / np.square(self.reference).sum(dtype=np.float64))

    def sqnr_db(self, graph: Graph) -> float:
        """The same as signal to quantization noise of the output, in dB; infinite without any error."""
        error = self(graph)
        return -10 * math.log10(error) if error else math.inf

    def _output(self, graph: Graph) -> np.ndarray:
        simulator = Simulator(graph, self.inputs[0].shape[1])
        frames = [simulator.step(*frame) for frame in zip(*self.inputs, strict=True)]
        outputs = [np.stack(of) for of in zip(*frames, strict=True)]
        return graph.task.record.compared(graph, self.inputs, outputs)


@dataclass(frozen=True)
class SensitivityContext:
    """A float graph, its calibration on clips, and the error that its quantized forms make there."""

    graph: Graph
    calibration: Calibration
    ranges: Ranges
    error: OutputError

    @classmethod
    def of(cls, graph: Graph, clips: Sequence[Clip], ranges: Ranges | None = None) -> "SensitivityContext":
        """Calibrate a graph on clips and keep them to compare by."""
        ranges = ranges or Ranges()
        return cls(graph, calibrate(graph, clips, ranges), ranges, OutputError(graph, clips))

    def quantize(self, precisions: Mapping[str, str]) -> Graph:
        """The graph in the precisions."""
        return quantize(self.graph, precisions, self.calibration)

    def output_error(self, precisions: Mapping[str, str]) -> float:
        """Error of the graph in the precisions."""
        return self.error(self.quantize(precisions))

    def key(self) -> str:
        """Hash of all that the output errors depend on."""
        digest = hashlib.sha256(f"{VERSION} {self.ranges}".encode())
        arrays = [array for node in self.graph.nodes for array in node.constants.values()]
        means = [moments.mean for moments in self.calibration.moments.values()]
        for array in (*arrays, *self.error.inputs, *means):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def sensitivities(
    context: SensitivityContext, cache: Path, jobs: int = -1, advance: Callable[[], None] = lambda: None
) -> dict[tuple[str, str], float]:
    """Output error of each node in each precision while all others stay in fp32.

    They are kept in the folder ``cache``. ``advance`` is called once for each.
    """
    path = cache / f"{context.key()}.json"
    known = _read(path)
    candidates = one_at_a_time(context.graph)
    missing = [candidate for candidate in candidates if candidate not in known]
    for _ in range(len(candidates) - len(missing)):
        advance()
    found = run_all(partial(_output_error, context), missing, jobs)
    for candidate, output_error in zip(missing, found, strict=True):
        known[candidate] = output_error
        _write(path, known)
        advance()
    return {candidate: known[candidate] for candidate in candidates}


def _output_error(context: SensitivityContext, candidate: tuple[str, str]) -> float:
    return context.output_error(all_in_fp32_but(context.graph, *candidate))


def _read(path: Path) -> dict[tuple[str, str], float]:
    try:
        entries = json.loads(path.read_text("utf-8"))
        return {(str(node), str(precision)): float(output_error) for node, precision, output_error in entries}
    except (OSError, ValueError, TypeError):
        return {}


def _write(path: Path, output_errors: Mapping[tuple[str, str], float]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = [[*candidate, output_error] for candidate, output_error in output_errors.items()]
        with replacing(path) as partial_path:
            partial_path.write_text(json.dumps(entries), "utf-8")
    except OSError as error:
        raise OssicleError(
            f"cannot write to the cache {path.parent} ({error.strerror}); set OSSICLE_CACHE to another"
        ) from None
