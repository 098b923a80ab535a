"""Sound from the default input device."""

from collections.abc import Iterator

import numpy as np

from ossicle.errors import OssicleError


def hear(sample_rate: int, chunk: int) -> Iterator[np.ndarray]:
    """Float samples of one channel, ``chunk`` at a time, without end; needs ``ossicle[live]``."""
    try:
        import sounddevice
    except ImportError:
        raise OssicleError("the microphone needs sounddevice; pip install 'ossicle[live]'") from None
    except OSError:
        raise OssicleError("sounddevice needs PortAudio; on Debian: apt install libportaudio2") from None
    try:
        with sounddevice.InputStream(sample_rate, chunk, channels=1, dtype="float32") as device:
            while True:
                yield device.read(chunk)[0][:, 0]
    except sounddevice.PortAudioError as error:
        raise OssicleError(f"the microphone cannot be opened ({error}); check the input device") from None
