"""Models with fewer weights: zeros in groups, or fewer channels and units."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ossicle.api.changed import ChangedModel, Clips, clip_names, read_clips
from ossicle.api.pesq_loss import pesq_lost
from ossicle.api.progress import Progress, no_progress
from ossicle.api.training import require_training
from ossicle.graph import Graph, Node
from ossicle.graph.model import Model
from ossicle.graph.operator import OPS
from ossicle.lowering import node_bytes
from ossicle.pruning import Pruning
from ossicle.pruning import prune as prune_graph
from ossicle.quantization import calibrate, quantize
from ossicle.quantization.schemes import with_precisions

if TYPE_CHECKING:
    from ossicle.train.record import Progress as Trained

BYTES_IN = "w8a16"
"""The scheme in which bytes are counted."""


@dataclass(frozen=True)
class Finetuning:
    """A training of a network that is pruned."""

    corpus: str | Path
    run: str | Path
    """The folder of its checkpoints, from which the same call goes on."""
    steps: int = 800
    schedule: str | None = None
    """``"oneshot"``: weights go before the training. ``"gradual"``: in its first half.

    ``obs``, filters, channels and units go at once; otherwise ``"gradual"`` is the usual one.
    """
    recipe: str | None = None
    """Name or TOML file; by default that of the model. Its learning rate is lowered."""
    precision: str | None = None
    """``"fp32"`` or ``"bf16"``, in place of the recipe's."""
    workers: int = 1
    """Processes that make the training examples."""


@dataclass(frozen=True)
class LayerSize:
    """What a layer stores and computes."""

    outputs: int
    """Rows of its weights: outputs, filters, or units with all of their gates."""
    inputs: int
    """Columns of its weights, of a recurrent layer without those that read its state."""
    weights: int
    """Those that are not zero."""
    macs: int
    """Products of a frame with these."""
    bytes: int
    """In w8a16, in the layouts of the portable kernels."""


@dataclass(frozen=True)
class PrunedLayer:
    """A layer before and after."""

    name: str
    op: str
    before: LayerSize
    after: LayerSize


@dataclass(frozen=True, repr=False, kw_only=True)
class PrunedModel(ChangedModel):
    """A model with fewer weights; it says what went, layer by layer, and what it lost."""

    pruning: Pruning
    layers: tuple[PrunedLayer, ...]

    @property
    def before(self) -> LayerSize:
        """Sums over all layers."""
        return _total([layer.before for layer in self.layers])

    @property
    def after(self) -> LayerSize:
        """Likewise."""
        return _total([layer.after for layer in self.layers])

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        totals = {
            when: {"weights": of.weights, "macs": of.macs, "bytes": of.bytes}
            for when, of in (("before", self.before), ("after", self.after))
        }
        return {
            "pruning": self.pruning.as_dict(),
            "layers": [asdict(layer) for layer in self.layers],
            **totals,
            "output": {"sqnr_db": self.sqnr_db, "on": self.measured_on},
            "pesq_lost": self.pesq_lost,
        }


def prune(
    model: Model,
    granularity: str,
    sparsity: float,
    criterion: str = Pruning.criterion,
    clips: Clips | None = None,
    *,
    block: tuple[int, int] | None = None,
    layers: Sequence[str] = (),
    seed: int = 0,
    noisy: str | Path | None = None,
    clean: str | Path | None = None,
    jobs: int = -1,
    progress: Progress = no_progress,
    finetuning: Finetuning | None = None,
    report: "Callable[[Trained], None]" = lambda progress: None,
) -> PrunedModel:
    """Return a float model without a fraction ``sparsity`` of the weights, channels or units of each layer.

    ``granularity`` is ``weight``, ``vector`` (neighbours in a row) or ``block`` (of rows and columns), which
    become zero; or ``filter``, ``channel`` or ``unit``, of which the network gets smaller. ``criterion`` is
    ``random``, ``magnitude`` or ``obs``, by which weights that stay make up for those that go, as calibration
    says. The model's own calibration is replaced by one on ``clips`` where they are given. ``block`` is the
    size of a vector or a block, and ``layers`` are the only nodes to be pruned.

    With ``noisy`` and ``clean``, folders of recordings of the same names, the PESQ that a suppressor loses is
    measured. ``jobs`` counts processes, -1 for all cores; ``progress`` is told what is done, and how much.

    With ``finetuning``, the network is trained while weights go or after that; ``report`` is called after
    each step. That needs the packages of ``ossicle[train]``.
    """
    pruning = Pruning(granularity, sparsity, criterion, block, tuple(layers), seed)
    heard, warnings = read_clips(model, clips)
    calibration = calibrate(model.graph, heard) if heard else model.calibration
    history = [*model.provenance.get("pruning", []), {**pruning.as_dict(), "calibration": clip_names(clips)}]
    whole = Model(model.graph, calibration, {**model.provenance, "pruning": history})
    found = (
        _trained(whole, pruning, finetuning, report)
        if finetuning
        else prune_graph(model.graph, pruning, calibration)
    )
    pruned = Model(
        found.graph,
        calibrate(found.graph, heard) if heard else found.calibration,
        found.provenance if isinstance(found, Model) else whole.provenance,
    )
    fp32 = replace(pruned, graph=quantize(pruned.graph, "fp32", pruned.calibration))
    return PrunedModel(
        graph=pruned.graph,
        calibration=pruned.calibration,
        provenance=pruned.provenance,
        origin=model,
        pruning=pruning,
        layers=tuple(
            PrunedLayer(before.name, before.op, _size(before), _size(after))
            for before, after in zip(_stored(model.graph), _stored(found.graph), strict=True)
        ),
        clips=tuple(heard),
        pesq_lost=pesq_lost(model, {"": fp32}, noisy, clean, jobs, progress).get(""),
        warnings=warnings,
    )


def _trained(
    model: Model, pruning: Pruning, finetuning: Finetuning, report: "Callable[[Trained], None]"
) -> Model:
    require_training()
    from ossicle.api.finetuning import prune_and_train

    asked = {"steps": finetuning.steps, "precision": finetuning.precision}
    return prune_and_train(
        model,
        pruning,
        Path(finetuning.corpus),
        Path(finetuning.run),
        finetuning.recipe,
        {key: value for key, value in asked.items() if value is not None},
        finetuning.schedule,
        finetuning.workers,
        report,
    )


def _stored(graph: Graph) -> list[Node]:
    """The nodes with weights, in the precision in which bytes are counted."""
    return [node for node in with_precisions(graph, BYTES_IN) if OPS[node.op].matrices]


def _size(node: Node) -> LayerSize:
    op = OPS[node.op]
    weights = [node.constants[matrix.weight] for matrix in op.matrices]
    nonzero = sum(int(np.count_nonzero(weight)) for weight in weights)
    outputs, inputs = weights[0].shape
    return LayerSize(outputs, inputs, nonzero, nonzero * op.weight_reuse(node), node_bytes(node))


def _total(sizes: Sequence[LayerSize]) -> LayerSize:
    return LayerSize(*(sum(column) for column in zip(*(asdict(of).values() for of in sizes), strict=True)))
