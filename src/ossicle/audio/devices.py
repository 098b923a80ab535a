"""Sound devices: which there are, what a microphone hears, and sound on its way from one to another.

PortAudio is asked for all of it, by sounddevice; both come with ``ossicle[live]``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ossicle.errors import OssicleError

INPUT, OUTPUT = "input", "output"
NO_DEVICES = (
    "there is no sound device; connect one, or start the sound server (PipeWire, PulseAudio), "
    "which makes virtual ones too"
)


@dataclass(frozen=True)
class Device:
    """A sound device, as PortAudio sees it."""

    number: int
    name: str
    system: str
    """Through which interface of the operating system it is reached, such as ALSA."""
    inputs: int
    """Channels that it hears."""
    outputs: int
    """Channels that it plays."""
    rate: int
    """Its usual sample rate."""
    default: tuple[str, ...]
    """Whether it is the one for ``input``, for ``output``, for both, or for none."""


@dataclass(frozen=True)
class Route:
    """From which device to which, and at which rate in samples per second."""

    source: Device
    sink: Device
    rate: int


@dataclass
class Flow:
    """Sound that flows along a route."""

    stream: Any
    dropouts: int = 0
    """Blocks of which samples were lost, because one side was not served in time."""

    @property
    def alive(self) -> bool:
        """Whether the devices still work."""
        return bool(self.stream.active)

    @property
    def latency_s(self) -> float:
        """Seconds from the microphone to the loudspeaker, as PortAudio estimates it."""
        return float(sum(self.stream.latency))


def list_devices() -> list[Device]:
    """All sound devices; raises :class:`OssicleError` where there is none, or no PortAudio."""
    portaudio = check_portaudio()
    systems = [api["name"] for api in portaudio.query_hostapis()]
    defaults = {kind: _default(portaudio, kind) for kind in (INPUT, OUTPUT)}
    found = [
        Device(
            number,
            device["name"],
            systems[device["hostapi"]],
            device["max_input_channels"],
            device["max_output_channels"],
            round(device["default_samplerate"]),
            tuple(kind for kind, default in defaults.items() if default == number),
        )
        for number, device in enumerate(portaudio.query_devices())
    ]
    if not found:
        raise OssicleError(NO_DEVICES)
    return found


def find_route(source: str | None, sink: str | None, preferred: int, rate: int | None = None) -> Route:
    """The devices of these names or numbers, or the usual ones, at a rate that both take.

    It is ``rate``; without one, the ``preferred`` rate, or else the usual one of a device. Raises
    :class:`OssicleError` where a device is missing, or where they do not both take such a rate.
    """
    devices = list_devices()
    hears, plays = _find(devices, source, INPUT), _find(devices, sink, OUTPUT)
    if hears.system != plays.system:
        raise OssicleError(
            f"{hears.name!r} is a device of {hears.system} and {plays.name!r} of {plays.system}; "
            "choose two of the same system"
        )
    tried = [rate] if rate else list(dict.fromkeys([preferred, hears.rate, plays.rate]))
    reasons = {each: _refusal(hears, plays, each) for each in tried}
    taken = [each for each, reason in reasons.items() if not reason]
    if taken:
        return Route(hears, plays, taken[0])
    raise OssicleError(
        f"{hears.name!r} and {plays.name!r} do not both take a rate of {' or '.join(map(str, tried))} Hz "
        f"({reasons[tried[-1]]}); choose another device or rate"
    )


@contextmanager
def flowing(
    route: Route, block: int, buffer_s: float, process: Callable[[np.ndarray], np.ndarray]
) -> Iterator[Flow]:
    """Let blocks of float32 samples ``(block,)`` of one channel flow through ``process``, until the end.

    ``process`` runs in a thread of PortAudio and must end before the next block comes. ``buffer_s`` is how
    much sound each device may hold back.
    """
    portaudio = check_portaudio()
    flow = Flow(None)

    def call(heard: np.ndarray, played: np.ndarray, frames: int, time: object, status: Any) -> None:
        flow.dropouts += bool(
            status.input_overflow
            or status.input_underflow
            or status.output_overflow
            or status.output_underflow
        )
        played[:] = process(heard[:, 0])[:, None]

    try:
        with portaudio.Stream(
            samplerate=route.rate,
            blocksize=block,
            device=(route.source.number, route.sink.number),
            channels=(1, min(2, route.sink.outputs)),
            dtype="float32",
            latency=buffer_s,
            callback=call,
        ) as flow.stream:
            yield flow
    except portaudio.PortAudioError as error:
        raise OssicleError(
            f"{route.source.name!r} and {route.sink.name!r} cannot be opened ({error}); choose other devices"
        ) from None


def hear(sample_rate: int, chunk: int) -> Iterator[np.ndarray]:
    """Float samples of one channel of the usual microphone, ``chunk`` at a time, without end."""
    portaudio = check_portaudio()
    try:
        with portaudio.InputStream(sample_rate, chunk, channels=1, dtype="float32") as device:
            while True:
                yield device.read(chunk)[0][:, 0]
    except portaudio.PortAudioError as error:
        raise OssicleError(f"the microphone cannot be opened ({error}); check the input device") from None


def check_portaudio() -> Any:
    """The module sounddevice; raises :class:`OssicleError` where it or PortAudio is missing."""
    try:
        import sounddevice
    except ImportError:
        raise OssicleError("sound devices need sounddevice; pip install 'ossicle[live]'") from None
    except OSError:
        raise OssicleError("sounddevice needs PortAudio; on Debian: apt install libportaudio2") from None
    return sounddevice


def _default(portaudio: Any, kind: str) -> int | None:
    try:
        return int(portaudio.query_devices(kind=kind)["index"])
    except portaudio.PortAudioError:
        return None


def _find(devices: Sequence[Device], wanted: str | None, kind: str) -> Device:
    """The device of a number, of a name, or of a part of one; the usual one where nothing is wanted."""
    able = [device for device in devices if (device.inputs if kind == INPUT else device.outputs)]
    names = ", ".join(f"{device.number} {device.name!r}" for device in able) or "none"
    if wanted is None:
        found = [device for device in able if kind in device.default]
        if not found:
            raise OssicleError(f"no {kind} device is the usual one; name one of: {names}")
        return found[0]
    found = [device for device in able if wanted == str(device.number) or wanted == device.name]
    found = found or [device for device in able if wanted.casefold() in device.name.casefold()]
    if len(found) != 1:
        count = "several devices" if found else "no device"
        raise OssicleError(
            f"{count} for {kind} can be meant by {wanted!r}; give the number of one of: {names}"
        )
    return found[0]


def _refusal(hears: Device, plays: Device, rate: int) -> str:
    """Why two devices do not take a rate; empty where they do."""
    portaudio = check_portaudio()
    try:
        portaudio.check_input_settings(hears.number, channels=1, dtype="float32", samplerate=rate)
        portaudio.check_output_settings(
            plays.number, channels=min(2, plays.outputs), dtype="float32", samplerate=rate
        )
    except portaudio.PortAudioError as error:
        return str(error)
    return ""
