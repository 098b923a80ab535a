"""Models in other precisions: chosen, searched for, and what they lose."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ossicle.api.changed import ChangedModel, Clips, clip_names, read_clips
from ossicle.api.pesq_loss import pesq_lost
from ossicle.api.precisions import Search, node_precisions, search_precisions
from ossicle.api.progress import Progress, no_progress
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.lowering import weight_bytes
from ossicle.measure.quantization_error import QuantizationErrorReport, report_errors
from ossicle.measure.sensitivity import OutputError, SensitivityContext
from ossicle.quantization import Ranges, bytes_in, calibrate
from ossicle.quantization import quantize as quantize_graph
from ossicle.quantization.search import all_in_fp32_but
from ossicle.targets import load_target

AUTO = "auto"
"""The scheme whose precisions are searched for."""


@dataclass(frozen=True, repr=False, kw_only=True)
class QuantizedModel(ChangedModel):
    """A model in other precisions; it says what it lost to the model that it was made of."""

    precisions: Mapping[str, str]
    """Of each node with weights."""
    search: Search | None = None
    """How the precisions were found, in the scheme ``auto``."""

    @property
    def weight_bytes(self) -> int:
        """Bytes of all constants."""
        return weight_bytes(self.graph)

    @property
    def fp16_bytes(self) -> int:
        """Bytes of all constants where all nodes are in fp16."""
        return bytes_in(self.origin.graph, "fp16")

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "weight_bytes": self.weight_bytes,
            "precisions": dict(self.precisions),
            "output": {"sqnr_db": self.sqnr_db, "on": self.measured_on},
            "pesq_lost": self.pesq_lost,
        }


def quantize(
    model: Model,
    precisions: str | Mapping[str, str] | None = None,
    clips: Clips | None = None,
    ranges: Ranges | None = None,
    *,
    overrides: Mapping[str, str] | None = None,
    max_bytes: int | None = None,
    max_ms: float | None = None,
    target: str | None = None,
    noisy: str | Path | None = None,
    clean: str | Path | None = None,
    jobs: int = -1,
    progress: Progress = no_progress,
) -> QuantizedModel:
    """Return the model in a scheme, or with the precision of each node by its name.

    Without either, the scheme is the default of this computer (:mod:`ossicle.targets`). ``overrides`` are
    precisions of single nodes over a scheme. The model's own calibration is replaced by one on ``clips``
    where they are given; only then can ``ranges`` be.

    The scheme ``auto`` measures what each precision of each node loses on the clips, and picks those that
    lose least within ``max_bytes`` of weights, by default those of ``mixed``, and, where they are given,
    within ``max_ms`` milliseconds of a frame on the chip ``target``, estimated on an emulator.

    With ``noisy`` and ``clean``, folders of recordings of the same names, the PESQ that a suppressor loses is
    measured. ``jobs`` counts processes, -1 for all cores; ``progress`` is told what is done, and how much.
    """
    precisions = precisions or load_target("host").scheme
    heard, warnings = read_clips(model, clips)
    if heard:
        calibration = calibrate(model.graph, heard, ranges)
    elif ranges not in (None, Ranges()):
        raise OssicleError("other ranges need recordings to measure them on: give --calibration")
    else:
        calibration = model.calibration
    search = None
    if precisions == AUTO:
        if not heard:
            raise OssicleError(
                "the scheme auto needs --calibration: some seconds of noisy speech to measure errors on"
            )
        context = SensitivityContext(
            model.graph, calibration, ranges or Ranges(), OutputError(model.graph, heard)
        )
        max_bytes = max_bytes or bytes_in(model.graph, "mixed")
        search = search_precisions(context, max_bytes, max_ms, target, jobs, progress)
        precisions = search.chosen.precisions
    elif (max_bytes, max_ms, target) != (None, None, None):
        raise OssicleError("budgets of bytes and milliseconds, and the target, belong to the scheme auto")
    chosen = node_precisions(model.graph, precisions, overrides or {}, calibration)
    graph = quantize_graph(model.graph, chosen, calibration)
    quantization = {"precisions": chosen, "calibration": clip_names(clips)}
    history = {**model.provenance, "quantization": quantization}
    lost = pesq_lost(model, {"": replace(model, graph=graph)}, noisy, clean, jobs, progress).get("")
    return QuantizedModel(
        graph=graph,
        calibration=calibration,
        provenance=history,
        origin=model,
        precisions=chosen,
        clips=tuple(heard),
        pesq_lost=lost,
        search=search,
        warnings=warnings,
    )


def account(
    model: Model,
    clips: Clips,
    precisions: str | Mapping[str, str] | None = None,
    *,
    overrides: Mapping[str, str] | None = None,
    noisy: str | Path | None = None,
    clean: str | Path | None = None,
    jobs: int = -1,
    progress: Progress = no_progress,
) -> QuantizationErrorReport:
    """Say where quantization loses what on clips: tensor by tensor, weight by weight, node by node.

    All but ``clips`` is as in :func:`quantize`; the PESQ is that of each node that alone is quantized.
    """
    precisions = precisions or load_target("host").scheme
    heard, warnings = read_clips(model, clips)
    context = SensitivityContext.of(model.graph, heard)
    chosen = node_precisions(model.graph, precisions, overrides or {}, context.calibration)
    progress("running the network", 0, 1)
    found = report_errors(context, chosen, heard)
    progress("running the network", 1, 1)
    forms = {
        node: replace(model, graph=context.quantize(all_in_fp32_but(model.graph, node, of)))
        for node, of in chosen.items()
    }
    lost = pesq_lost(model, forms, noisy, clean, jobs, progress)
    return replace(found, pesq_lost=lost, warnings=warnings)
