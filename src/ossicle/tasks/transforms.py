"""The tables of a windowed transform and its inverse in the C of tasks that hear sound."""

from collections.abc import Mapping

import numpy as np

from ossicle.audio.fourier import swaps, twiddle
from ossicle.audio.stft import StftConfig
from ossicle.emit.c_text import array_text


def transform_tables(n_fft: int, analysis: np.ndarray) -> dict[str, np.ndarray]:
    """The tables of a windowed transform, by their names in the C."""
    order = {"swaps": swaps(n_fft)} if len(swaps(n_fft)) else {}
    return {"analysis": analysis, "twiddle": twiddle(n_fft), **order}


def inverse_tables(config: StftConfig) -> dict[str, np.ndarray]:
    """The table that the inverse needs besides; none where it weights frames as the transform does.

    An envelope of more than one number is divided out of it beforehand.
    """
    weights = config.synthesis_window if _constant(config.envelope) else config.synthesis_weights
    return {} if np.array_equal(weights, config.analysis_window) else {"synthesis": weights}


def transform_text(tables: Mapping[str, np.ndarray], sizes: StftConfig, envelope: np.ndarray) -> str:
    """What ``osc_stft_t`` holds, of tables as those functions give them, as C."""
    fft = f"{{{sizes.n_fft}, twiddle, {'swaps, osc_fft_odd' if 'swaps' in tables else '0, 0'}}}"
    synthesis = "synthesis" if "synthesis" in tables else "analysis"
    divisor = array_text(envelope[:1] if _constant(envelope) else np.ones(1, np.float32))
    return f"{{{fft}, {sizes.window}, {sizes.hop}, analysis, {synthesis}, {divisor}}}"


def _constant(envelope: np.ndarray) -> bool:
    return bool((envelope == envelope[0]).all())
