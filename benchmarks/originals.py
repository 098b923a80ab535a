"""Networks of others in their own engines, as suppressors; processes that score them import this module."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ossicle.audio.stft import istft, stft
from ossicle.errors import OssicleError
from ossicle.importers.engines import Engine, open_engine
from ossicle.importers.importing import ends_of, prepare
from ossicle.importers.network import Network
from ossicle.importers.proof import original_steps
from ossicle.importers.reading import Choices
from ossicle.tasks.front_ends import fitted_task, load_front_end
from ossicle.tasks.suppression.settings import Suppression


@dataclass(frozen=True)
class Original:
    """A network's file in the engine that it was made for, with its front end in NumPy."""

    path: Path
    front_end: str

    def __call__(self, signal: np.ndarray) -> np.ndarray:
        """Clean float samples ``(n,)``."""
        task, network, engine = _opened(self.path, self.front_end)
        (end,) = ends_of(network).inputs
        heard = task.hear(signal).reshape(-1, *end.shape)
        (output,) = ends_of(network).outputs
        steps = original_steps(engine, network, {end.name: heard}, {})
        given = np.stack([found[output.name].reshape(-1) for found, _ in steps])
        estimate = task.estimate.spectrum(given, stft(signal, task.stft), task.stft)
        return istft(estimate, task.stft, len(signal))


@cache
def _opened(path: Path, front_end: str) -> tuple[Suppression, Network, Engine]:
    network = prepare(path, Choices(), {}).original
    task = fitted_task(load_front_end(front_end), None, ends_of(network))
    if not isinstance(task, Suppression):
        raise OssicleError(f"the front end {front_end} is not one of a noise suppressor")
    return task, network, open_engine(path, network)
