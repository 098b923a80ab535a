"""What quantization does to a mask, without listening: a cheap stand-in for the PESQ that it costs."""

from collections.abc import Sequence

import numpy as np

from ossicle.graph import Graph
from ossicle.simulate import Simulator

COMPRESSION = 0.3
"""Power that brings magnitudes near to loudness."""


class MaskError:
    """Error of a quantized graph's masked spectra against the float graph's, over clips of magnitudes.

    It is the energy of the difference of the magnitudes, compressed by the power 0.3, relative to that of the
    float ones: errors in soft bins count nearly as much as in loud ones.
    """

    def __init__(self, graph: Graph, clips: Sequence[np.ndarray]) -> None:
        frames = min(map(len, clips))
        self.magnitudes = np.stack([clip[:frames] for clip in clips], axis=1)
        self.reference = self._compressed(graph)

    def __call__(self, graph: Graph) -> float:
        """Relative energy of the error of ``graph``."""
        error = np.square(self._compressed(graph) - self.reference).sum(dtype=np.float64)
        return float(error / np.square(self.reference).sum(dtype=np.float64))

    def _compressed(self, graph: Graph) -> np.ndarray:
        simulator = Simulator(graph, self.magnitudes.shape[1])
        masks = np.stack([simulator.step(frames) for frames in self.magnitudes])
        return (self.magnitudes * masks) ** COMPRESSION
