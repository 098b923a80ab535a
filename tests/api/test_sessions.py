"""A live session without devices: what is heard before and after, and what ends it."""

import types

import numpy as np
import pytest
from networks import noise, small_model

from ossicle import api
from ossicle.api import sessions
from ossicle.api.sessions import LiveSession
from ossicle.audio.devices import Device, Flow, Route
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError
from ossicle.tasks.suppression.live import LiveSuppressor

DEVICE = Device(0, "both", "ALSA", 1, 2, 16000, ())
ROUTE = Route(DEVICE, DEVICE, 16000)
BLOCK = 200


@pytest.fixture(scope="module")
def program():
    return api.compile(api.quantize(small_model("gru", stft=StftConfig()), "w8a16"))


@pytest.fixture
def session(program):
    session = LiveSession(LiveSuppressor(program, 16000, BLOCK), ROUTE)
    session.attach(Flow(types.SimpleNamespace(active=True, latency=(0.02, 0.03))))
    return session


def test_the_microphone_is_heard_in_place_of_the_cleaned_sound_without_a_jump(session, program):
    signal = noise(20 * BLOCK)
    blocks = signal.reshape(-1, BLOCK)
    after = np.concatenate([session.process(block) for block in blocks[:8]])
    session.bypass = True
    fade, before = session.process(blocks[8]), session.process(blocks[9])
    session.bypass = False
    session.process(blocks[10])
    again = session.process(blocks[11])
    cleaned = np.concatenate([np.zeros(program.latency, np.float32), program.denoise(signal)])[: len(signal)]
    heard = np.concatenate([np.zeros(program.latency, np.float32), signal])[: len(signal)]
    np.testing.assert_array_equal(after, cleaned[: 8 * BLOCK])
    np.testing.assert_array_equal(before, heard[9 * BLOCK : 10 * BLOCK])
    np.testing.assert_array_equal(again, cleaned[11 * BLOCK : 12 * BLOCK])
    both = [part[8 * BLOCK : 9 * BLOCK] for part in (cleaned, heard)]
    assert fade[0] == both[0][0] and fade[-1] == pytest.approx(both[1][-1], abs=1e-6)
    assert (fade <= np.maximum(*both) + 1e-6).all() and (fade >= np.minimum(*both) - 1e-6).all()


def test_moments_hold_the_samples_from_the_first_one_on(session, program):
    signal = noise(20 * BLOCK)
    for block in signal.reshape(-1, BLOCK):
        session.process(block)
    moments = [moment for _, moment in zip(range(2), session, strict=False)]
    before, after = (np.concatenate([getattr(m, side) for m in moments]) for side in ("before", "after"))
    assert len(before) == 16 * BLOCK - program.latency
    np.testing.assert_array_equal(before, signal[: len(before)])
    np.testing.assert_array_equal(after, program.denoise(signal)[: len(after)])
    summary = session.summary()
    assert summary.seconds == pytest.approx(0.2) and summary.highest_load >= summary.load > 0
    assert summary.cleaning_ms == pytest.approx(1e3 * program.latency / 16000)
    assert summary.latency_ms == pytest.approx(50 + summary.cleaning_ms)


def test_a_device_that_goes_away_ends_the_session_in_a_sentence(session):
    session.attach(Flow(types.SimpleNamespace(active=False, latency=(0.0, 0.0))))
    with pytest.raises(OssicleError, match="a sound device stopped; plug it in again, or choose another"):
        next(iter(session))


def test_a_network_that_is_too_slow_is_refused_before_a_device_is_opened(program, monkeypatch):
    times = iter([0.0, 3 * sessions.PROBE_S])
    monkeypatch.setattr(sessions.devices, "find_route", lambda *arguments: ROUTE)
    monkeypatch.setattr(sessions, "time", types.SimpleNamespace(perf_counter=lambda: next(times)))
    with (
        pytest.raises(
            OssicleError, match=r"takes 3.0 s to clean one second of sound; choose a smaller model"
        ),
        api.live(program),
    ):
        pass
