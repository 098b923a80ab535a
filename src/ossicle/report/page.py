"""The report of a model as one HTML page that loads nothing."""

import base64
import io
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ossicle.audio.pcm import to_pcm16
from ossicle.audio.stft import StftConfig, stft
from ossicle.report.charts import gantt, scatter
from ossicle.report.model_report import GOOD_DB, RULE, Choice, ModelReport, Recording

QUIETEST_DB = -80.0
"""Of a spectrogram, below its loudest point."""


def render_page(report: ModelReport) -> str:
    """The text of the page; needs matplotlib."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ossicle.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"db": _db, "ms": _ms, "energy": _energy, "percent": _percent}
    targets = [
        {
            "name": target,
            "choices": report.on(target),
            "front": report.front(target),
            "recommended": report.recommended(target),
            "chart": scatter(report.on(target), report.front(target), report.recommended(target)),
        }
        for target in report.targets
    ]
    return environment.get_template("report.html.j2").render(
        report=report,
        rule=RULE,
        good_db=GOOD_DB,
        targets=targets,
        pesq=any(choice.quality.pesq_wb is not None for choice in report.choices),
        timelines=[(choice, gantt(choice.cost.lanes, choice.cost.hertz)) for choice in planned(report)],
        layers=_sensitivity(report),
        recordings=_recordings(report.recordings),
        provenance=json.dumps(report.provenance, indent=2, ensure_ascii=False),
    )


def planned(report: ModelReport) -> list[Any]:
    """The recommended choices whose frame was planned, so that there is a timeline of it."""
    chosen = [report.recommended(target) or report.on(target)[0] for target in report.targets]
    return [choice for choice in chosen if choice.cost and choice.cost.lanes]


def _sensitivity(report: ModelReport) -> list[tuple[str, str, str, float]]:
    """Node, precision, error, and the length of its bar from 0 to 1; the largest error first."""
    finite = [node.error_db for node in report.sensitivity if math.isfinite(node.error_db)]
    least, most = min(finite, default=0.0) - 3, max(finite, default=0.0)

    def length(error: float) -> float:
        return (error - least) / (most - least) if math.isfinite(error) else 0.0

    nodes = sorted(report.sensitivity, key=lambda node: -node.error_db)
    return [(node.node, node.precision, _db(node.error_db), length(node.error_db)) for node in nodes]


def _db(value: float) -> str:
    return f"{value:.1f} dB" if math.isfinite(value) else "no error"


def _ms(choice: Choice) -> str:
    return f"{choice.cost.ms:.3g} ms" if choice.cost and choice.cost.ms is not None else "unknown"


def _energy(choice: Choice) -> str:
    if not choice.cost or choice.cost.microjoules is None:
        return "unknown"
    least, most = choice.cost.microjoules
    return f"{least:.0f} to {most:.0f} µJ"


def _percent(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{100 * value:.{0 if value >= 0.1 else 1}f} %"


def _recordings(recordings: Sequence[Recording]) -> list[tuple[str, str, str]]:
    """Title, sound and spectrogram of each, the spectrograms on one scale."""
    levels = [_levels(recording) for recording in recordings]
    loudest = max((float(of.max()) for of in levels), default=0.0)
    return [
        (recording.title, _wav(recording), _picture(of, loudest))
        for recording, of in zip(recordings, levels, strict=True)
    ]


def _wav(recording: Recording) -> str:
    """A WAV file of 16 bits, in base64."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, to_pcm16(recording.samples), recording.rate, "PCM_16", format="WAV")
    return base64.b64encode(file.getvalue()).decode()


def _levels(recording: Recording) -> np.ndarray:
    """A spectrogram in dB: frequencies from half of the rate down to 0, by frames."""
    magnitudes = np.abs(stft(recording.samples, StftConfig())).T[::-1]
    levels: np.ndarray = 20 * np.log10(np.maximum(magnitudes, 1e-9))
    return levels


def _picture(levels: np.ndarray, loudest: float) -> str:
    """A PNG picture of a spectrogram, in base64."""
    from matplotlib.image import imsave

    file = io.BytesIO()
    imsave(file, levels, format="png", cmap="magma", vmin=loudest + QUIETEST_DB, vmax=loudest)
    return base64.b64encode(file.getvalue()).decode()
