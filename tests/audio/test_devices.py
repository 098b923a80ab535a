"""Which sound devices are chosen, at which rate, and what is said where one is missing."""

import sys
import types

import pytest

from ossicle.audio.devices import find_route, hear, list_devices
from ossicle.errors import OssicleError


class PortAudioError(Exception):
    pass


DEVICES = [
    ("Microphone (USB)", 0, 1, 0, 48000.0, {16000, 48000}),
    ("Headphones", 0, 0, 2, 44100.0, {16000, 44100, 48000}),
    ("Microphone array", 0, 4, 0, 48000.0, {48000}),
    ("Virtual cable", 1, 2, 2, 44100.0, {44100}),
    ("Hall", 0, 0, 2, 96000.0, {96000}),
]
USUAL = {"input": 0, "output": 1}


@pytest.fixture
def portaudio(monkeypatch):
    """A fake of sounddevice that knows ``DEVICES``."""
    module = types.SimpleNamespace(PortAudioError=PortAudioError, devices=DEVICES, usual=USUAL)

    def query_devices(kind=None):
        if kind is not None:
            if kind not in module.usual:
                raise PortAudioError("no device")
            return {"index": module.usual[kind]}
        keys = ("name", "hostapi", "max_input_channels", "max_output_channels", "default_samplerate")
        return [dict(zip(keys, device, strict=False)) for device in module.devices]

    def check(device, channels, dtype, samplerate):
        if samplerate not in module.devices[device][5]:
            raise PortAudioError("Invalid sample rate")

    module.query_devices = query_devices
    module.query_hostapis = lambda: [{"name": "ALSA"}, {"name": "JACK"}]
    module.check_input_settings = module.check_output_settings = check
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def test_the_usual_devices_are_taken_at_the_rate_of_the_model(portaudio):
    route = find_route(None, None, 16000)
    assert (route.source.name, route.sink.name, route.rate) == ("Microphone (USB)", "Headphones", 16000)
    assert [device.default for device in list_devices()][:3] == [("input",), ("output",), ()]


@pytest.mark.parametrize(
    ("source", "sink", "names"),
    [
        ("2", "1", ("Microphone array", "Headphones")),
        ("usb", "head", ("Microphone (USB)", "Headphones")),
        ("Virtual cable", "virtual", ("Virtual cable", "Virtual cable")),
    ],
)
def test_a_device_is_named_by_number_name_or_part_of_a_name(portaudio, source, sink, names):
    route = find_route(source, sink, 16000)
    assert (route.source.name, route.sink.name) == names


def test_a_rate_that_one_device_does_not_take_gives_way_to_one_that_both_take(portaudio):
    assert find_route("array", None, 16000).rate == 48000


@pytest.mark.parametrize(
    ("source", "sink", "rate", "sentence"),
    [
        (
            "camera",
            None,
            None,
            "no device for input can be meant by 'camera'; give the number of one of: 0 'Micr",
        ),
        ("microphone", None, None, "several devices for input can be meant by 'microphone'; give the number"),
        ("Headphones", None, None, "no device for input can be meant by 'Headphones'"),
        (None, "cable", None, "a device of ALSA and 'Virtual cable' of JACK; choose two of the same system"),
        (
            None,
            "Hall",
            None,
            r"do not both take a rate of 16000 or 48000 or 96000 Hz \(Invalid sample rate\)",
        ),
        (None, None, 44100, "do not both take a rate of 44100 Hz"),
    ],
)
def test_what_cannot_be_connected_is_refused_in_a_sentence(portaudio, source, sink, rate, sentence):
    with pytest.raises(OssicleError, match=sentence):
        find_route(source, sink, 16000, rate)


def test_no_device_and_no_usual_one_are_said(portaudio):
    portaudio.usual = {"output": 1}
    with pytest.raises(OssicleError, match="no input device is the usual one; name one of: 0 'Microphone"):
        find_route(None, None, 16000)
    portaudio.devices = []
    with pytest.raises(
        OssicleError, match="there is no sound device; connect one, or start the sound server"
    ):
        list_devices()


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    for ask in (list_devices, lambda: find_route(None, None, 16000), lambda: next(hear(16000, 100))):
        with pytest.raises(OssicleError, match=r"pip install 'ossicle\[live\]'"):
            ask()
