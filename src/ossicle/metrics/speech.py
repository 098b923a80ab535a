"""Published measures of speech quality and intelligibility, from the packages ``pesq`` and ``pystoi``."""

import importlib
import warnings
from types import ModuleType

import numpy as np

from ossicle.errors import OssicleError
from ossicle.metrics.signal import all_finite

STOI_SECONDS = 0.384
"""Length of the segments that STOI is defined over."""


def pesq_wb(estimate: np.ndarray, reference: np.ndarray, sample_rate: int = 16000) -> float:
    """Wideband PESQ (ITU-T P.862.2), about 1.0 to 4.64, of two float signals of shape ``(n,)`` at 16 kHz.

    NaN where the standard finds no utterance, or where one of them is silent or not finite.
    """
    package = _package("pesq")
    if not (np.any(estimate) and np.any(reference) and all_finite(estimate, reference)):
        return float("nan")
    try:
        return float(package.pesq(sample_rate, reference, estimate, "wb"))
    except package.PesqError:
        return float("nan")


def stoi(estimate: np.ndarray, reference: np.ndarray, sample_rate: int = 16000) -> float:
    """Short-time objective intelligibility (Taal et al. 2011), up to 1, of two signals of shape ``(n,)``.

    NaN where less than the 384 ms that it is defined over are not silent in the reference, or where a signal
    is not finite.
    """
    package = _package("pystoi")
    if len(reference) < STOI_SECONDS * sample_rate or not np.any(reference):
        return float("nan")
    if not all_finite(estimate, reference):
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(package.stoi(reference, estimate, sample_rate))
        except RuntimeWarning:
            return float("nan")


def _package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise OssicleError(f"the package {name} is missing; pip install 'ossicle[metrics]'") from None
