"""Samples of 16 bits."""

import numpy as np

from ossicle.errors import OssicleError


def to_pcm16(signal: np.ndarray) -> np.ndarray:
    """Samples of -1..1 as int16, rounded and saturated; NaN is silence."""
    codes: np.ndarray = np.clip(np.rint(np.nan_to_num(signal) * 32768), -32768, 32767)
    return codes.astype(np.int16)


def as_float(chunk: np.ndarray, streams: tuple[int, ...] = ()) -> np.ndarray:
    """Float32 samples from float ones, or from int16 ones by dividing by 32768; shape ``(*streams, n)``."""
    chunk = np.asarray(chunk)
    if chunk.shape[:-1] != streams or not chunk.ndim or (chunk.dtype.kind != "f" and chunk.dtype != np.int16):
        needed = f"{streams[0]} rows" if streams else "one channel"
        raise OssicleError(
            f"a chunk must be {needed} of float or int16 samples, not {chunk.dtype} of shape {chunk.shape}"
        )
    return (
        chunk.astype(np.float32) / np.float32(32768) if chunk.dtype == np.int16 else chunk.astype(np.float32)
    )
