"""Make mel.npz, the features that librosa computes from a sound of `melsound`.

Run it in an environment with librosa: PYTHONPATH=tests python tests/audio/golden/make_mel.py
"""

from pathlib import Path

import librosa
import numpy as np
from melsound import bursts


def features(window: int, hop: int, coefficients: int) -> np.ndarray:
    """Frames of log-mel in dB, or of MFCC, of the whole windows in the sound."""
    # A window shorter than n_fft is centred in it by librosa.
    margin = (1024 - window) // 2
    sizes = {"n_fft": 1024, "win_length": window, "hop_length": hop, "center": False}
    signal = np.pad(bursts(), margin)
    mel = librosa.feature.melspectrogram(y=signal, sr=16000, n_mels=40, **sizes)
    decibels = librosa.power_to_db(mel, top_db=None)
    if coefficients:
        decibels = librosa.feature.mfcc(S=decibels, n_mfcc=coefficients)
    return decibels.T.astype(np.float32)


if __name__ == "__main__":
    np.savez_compressed(
        Path(__file__).with_name("mel.npz"), log_mel=features(1024, 512, 0), mfcc=features(640, 320, 10)
    )
