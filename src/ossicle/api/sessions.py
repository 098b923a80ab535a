"""A suppressor between a microphone and headphones, or a virtual device."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from ossicle.api.denoising import suppressor_program
from ossicle.audio import devices
from ossicle.audio.devices import Flow, Route
from ossicle.errors import OssicleError
from ossicle.tasks.suppression.live import PROBE_S, LiveSuppressor
from ossicle.tasks.suppression.program import SuppressorProgram

if TYPE_CHECKING:
    from ossicle.graph.model import Model

BLOCK_S = 0.0125
"""Sound that is processed at once, in whole hops and at least one: less costs more calls, more is delay."""
BUFFER_MS = 30.0
"""Sound that each device may hold back unless another amount is asked for."""
MOMENT_S = 0.1
"""How long the sound of a moment lasts, about."""


@dataclass(frozen=True)
class LiveMoment:
    """What flowed since the moment before."""

    before: np.ndarray
    """Float32 samples from the microphone, ``(n,)``, from its first one on."""
    after: np.ndarray
    """The same ones cleaned, ``(n,)``, which are those of :func:`ossicle.denoise`."""
    load: float
    """Time that cleaning took, as a share of the time that the sound lasts."""


@dataclass(frozen=True)
class LiveSummary:
    """What a session was until now."""

    input: str
    output: str
    rate: int
    seconds: float
    """Sound that flowed."""
    latency_ms: float
    """From the microphone to the headphones: the devices by PortAudio's estimate, and the cleaning."""
    cleaning_ms: float
    """What the network, the resampling and the cutting into frames take of it."""
    load: float
    """Mean of the moments' loads."""
    highest_load: float
    dropouts: int
    """Blocks of which samples were lost, because something was not served in time."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)


class LiveSession:
    """Sound that flows; iterate over its moments, about ten per second, until it is told to stop.

    ``bypass`` may be set at any time: what is heard is then the microphone, with the same delay. So may
    ``attenuation_db``, what noise loses at most, or None.
    """

    def __init__(self, suppressor: LiveSuppressor, route: Route) -> None:
        self.bypass = False
        self._suppressor, self._route = suppressor, route
        self._flow: Flow | None = None
        self._blocks: SimpleQueue[tuple[np.ndarray, np.ndarray, float]] = SimpleQueue()
        self._share = 1.0  # of the cleaned sound in what is heard
        self._skip = suppressor.delay  # samples of silence that come before the first one
        self._samples, self._elapsed_s, self._highest_load = 0, 0.0, 0.0

    def __iter__(self) -> Iterator[LiveMoment]:
        """Moments, until the loop is left; raises :class:`OssicleError` where a device goes away."""
        while True:
            yield self._moment()

    @property
    def attenuation_db(self) -> float | None:
        """What noise loses at most, in dB; None without a limit."""
        return self._suppressor.attenuation_db

    @attenuation_db.setter
    def attenuation_db(self, limit: float | None) -> None:
        self._suppressor.attenuation_db = limit

    def summary(self) -> LiveSummary:
        """Devices, latency, load and dropouts until now."""
        flow, seconds = self._running(), self._samples / self._route.rate
        cleaning_s = self._suppressor.delay / self._route.rate
        return LiveSummary(
            self._route.source.name,
            self._route.sink.name,
            self._route.rate,
            seconds,
            1e3 * (flow.latency_s + cleaning_s),
            1e3 * cleaning_s,
            self._elapsed_s / seconds if seconds else 0.0,
            self._highest_load,
            flow.dropouts,
        )

    def process(self, block: np.ndarray) -> np.ndarray:
        """What is heard of a block of samples; called by the device."""
        begun = time.perf_counter()
        before, after = self._suppressor.push(block)
        heard = self._mix(before, after)
        self._blocks.put((before, after, time.perf_counter() - begun))
        return heard

    def attach(self, flow: Flow) -> None:
        """Take note of the devices once they are open."""
        self._flow = flow

    def _mix(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """One of both, or where that has changed, a block that fades from one to the other."""
        share, self._share = self._share, 0.0 if self.bypass else 1.0
        if share == self._share:
            return before if self.bypass else after
        curve = np.linspace(share, self._share, len(after), dtype=np.float32)
        mixed: np.ndarray = before + curve * (after - before)
        return mixed

    def _moment(self) -> LiveMoment:
        found: list[tuple[np.ndarray, np.ndarray, float]] = []
        while sum(len(before) for before, _, _ in found) < MOMENT_S * self._route.rate:
            try:
                found.append(self._blocks.get(timeout=1.0))
            except Empty:
                if not self._running().alive:
                    raise OssicleError(
                        "a sound device stopped; plug it in again, or choose another"
                    ) from None
        before, after = (np.concatenate(parts) for parts in zip(*[block[:2] for block in found], strict=True))
        elapsed = sum(seconds for _, _, seconds in found)
        load = elapsed * self._route.rate / len(before)
        self._samples += len(before)
        self._elapsed_s += elapsed
        self._highest_load = max(self._highest_load, load)
        skip = min(self._skip, len(before))
        self._skip -= skip
        return LiveMoment(before[skip:], after[skip:], load)

    def _running(self) -> Flow:
        assert self._flow is not None
        return self._flow


@contextmanager
def live(
    model: "Model | SuppressorProgram",
    source: str | None = None,
    sink: str | None = None,
    rate: int | None = None,
    gain_db: float = 0.0,
    buffer_ms: float = BUFFER_MS,
    attenuation_db: float | None = None,
) -> Iterator[LiveSession]:
    """Let sound flow from one device through a suppressor to another; needs ``ossicle[live]``.

    Devices are given by number, name or part of a name; without one, the usual one of the system is taken.
    ``rate`` is that of both devices: by default the model's, or if they do not take it, their own, which is
    converted. The network hears the sound amplified by ``gain_db``, which is taken back after it.
    With ``attenuation_db``, noise loses at most so much. ``buffer_ms`` is what each device may hold back:
    less is less delay, more prevents dropouts. Raises :class:`OssicleError`, before any sound flows, where
    something is missing or the network takes too long.
    """
    program = suppressor_program(model)
    route = devices.find_route(source, sink, program.sample_rate, rate)
    hop_s = program.hop / program.sample_rate
    block = round(max(1, round(BLOCK_S / hop_s)) * hop_s * route.rate)
    begun = time.perf_counter()
    suppressor = LiveSuppressor(program, route.rate, block, gain_db, attenuation_db)
    share = (time.perf_counter() - begun) / PROBE_S
    if share > 1:
        raise OssicleError(
            f"this computer takes {share:.1f} s to clean one second of sound; choose a smaller model"
        )
    session = LiveSession(suppressor, route)
    with devices.flowing(route, block, buffer_ms / 1e3, session.process) as flow:
        session.attach(flow)
        yield session
