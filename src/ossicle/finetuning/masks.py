"""Zeros that stay zero while a network is trained, and become more by a schedule."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ossicle.finetuning.layers import Layer
from ossicle.finetuning.network import GraphNetwork
from ossicle.finetuning.schedule import Schedule
from ossicle.graph.calibration import product_name
from ossicle.graph.operator import OPS
from ossicle.pruning import Pruning, prunes
from ossicle.pruning.masks import largest_kept


@dataclass(frozen=True, eq=False)
class _Weight:
    """A matrix of a layer."""

    layer: Layer
    constant: str

    @property
    def name(self) -> str:
        return product_name(self.layer.node.name, self.constant)

    @property
    def parameter(self) -> nn.Parameter:
        return self.layer.constants()[self.constant]

    @property
    def mask(self) -> torch.Tensor:
        """Which of its weights are not zero."""
        return self.layer.get_buffer(f"mask_{self.constant}")

    @property
    def losses(self) -> torch.Tensor:
        """What each would cost the loss, added up over some updates."""
        return self.layer.get_buffer(f"losses_{self.constant}")


class Masks:
    """The zeros of a network that is pruned; those that it has already stay.

    Masks and losses are buffers of the layers, so that checkpoints keep them.
    """

    def __init__(self, network: GraphNetwork, pruning: Pruning) -> None:
        self.pruning = pruning
        self.weights = [
            _Weight(layer, matrix.weight)
            for layer in network.each()
            for matrix in OPS[layer.node.op].matrices
        ]
        for of in self.weights:
            of.layer.register_buffer(f"mask_{of.constant}", of.parameter.detach() != 0)
            of.layer.register_buffer(f"losses_{of.constant}", torch.zeros_like(of.parameter))
        self.pruned = [of for of in self.weights if prunes(of.layer.node, pruning)]
        rng = np.random.default_rng(pruning.seed)
        self.chance = {of.name: rng.random(of.parameter.shape) for of in self.pruned}

    def follow(self, step: int, schedule: Schedule) -> None:
        """What follows an update of a training by a schedule."""
        if step <= schedule.ramp:
            if self.pruning.criterion == "taylor":
                self.observe()
            sparsity = schedule.sparsity(step)
            if sparsity is not None:
                self._prune(sparsity)
        self._apply()

    @torch.no_grad()
    def observe(self) -> None:
        """Add what each weight would cost the loss of the batch whose gradients were computed last.

        To first order, that is the weight times its gradient; its square is added (arXiv 1906.10771).
        """
        for of in self.weights:
            gradient = of.parameter.grad
            assert gradient is not None  # Each weight has its part in the output.
            of.losses.add_((of.parameter * gradient).square())

    def losses(self) -> Mapping[str, np.ndarray]:
        """What was observed, by the names of products."""
        return {of.name: _array(of.losses) for of in self.weights}

    @torch.no_grad()
    def _prune(self, sparsity: float) -> None:
        for of in self.pruned:
            rating = np.where(of.mask.cpu().numpy(), self._rating(of), -1.0)
            kept = torch.from_numpy(largest_kept(rating, self.pruning.group, sparsity))
            of.mask.logical_and_(kept.to(of.mask.device))
            of.losses.zero_()

    def _rating(self, of: _Weight) -> np.ndarray:
        if self.pruning.criterion == "random":
            return self.chance[of.name]
        return _array(of.losses if self.pruning.criterion == "taylor" else of.parameter.detach().square())

    @torch.no_grad()
    def _apply(self) -> None:
        for of in self.weights:
            of.parameter.mul_(of.mask)


def _array(tensor: torch.Tensor) -> np.ndarray:
    found: np.ndarray = tensor.cpu().numpy().astype(np.float64)
    return found
