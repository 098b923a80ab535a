"""A training that begins with the weights of a network that was trained before, on other features too."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ossicle.errors import OssicleError
from ossicle.models.spotter import Spotter
from ossicle.models.suppressor import Suppressor, torch_features, torch_stft

RIDGE = 1e-3
"""Weight of the squared weights in the fit, relative to the variance of a feature."""
LEVEL = 10 ** (-26 / 20)
"""RMS at which earlier weights hear mixtures: they may know one range of levels only."""


@dataclass(frozen=True)
class Pretrained:
    """The weights of a suppressor, batch norm folded in, by the names of :class:`Suppressor`'s parameters."""

    features: str
    weights: Mapping[str, np.ndarray]


@torch.no_grad()
def take_over(model: Suppressor, pretrained: Pretrained, noisy: torch.Tensor) -> None:
    """Give ``model`` the weights; its batch norm gets the statistics of signals ``(mixtures, samples)``.

    Where the network hears other features than before, the first layer is fitted by ridge regression, so that
    on these signals it gives what the earlier one gave.
    """
    _load(model, pretrained.weights)
    device = model.fc_in.weight.device
    noisy = noisy.to(device)
    heard = torch_features(noisy, torch_stft(noisy, model.stft), model.stft, model.features)
    if pretrained.features != model.features:
        level = noisy.square().mean(-1, keepdim=True).sqrt().clamp_min(1e-6)
        spectrum = torch_stft(noisy / level * LEVEL, model.stft)
        earlier = torch_features(noisy, spectrum, model.stft, pretrained.features)
        _fit_layer(model.fc_in, heard.flatten(0, 1), model.fc_in(earlier).flatten(0, 1))
    before = model.fc_in(heard)
    _make_identity(model.norm_in, before.flatten(0, 1))
    hidden, _ = model.rnn(torch.relu(before))
    _make_identity(model.norm_mid, model.fc_mid(hidden).flatten(0, 1))


@torch.no_grad()
def take_over_spotter(model: Spotter, weights: Mapping[str, np.ndarray], patches: torch.Tensor) -> None:
    """Give ``model`` the weights; its batch norm gets the statistics of ``patches``, likewise."""
    _load(model, weights)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(_before_norm) for norm in norms]
    model.eval()(patches)
    model.train()
    for hook in hooks:
        hook.remove()


def _load(model: nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Give ``model`` the weights of a network like it."""
    own = model.state_dict()
    for name, values in weights.items():
        if name not in own or own[name].shape != values.shape:
            raise OssicleError(
                f"the weights to start from are of another network: {name} does not fit; name a model like it"
            )
    model.load_state_dict({**own, **{n: torch.from_numpy(v) for n, v in weights.items()}})


def _before_norm(norm: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """Make batch norm change nothing about its inputs ``(batch, channels, ...)``."""
    assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
    _make_identity(norm, inputs[0].movedim(1, -1).flatten(0, -2))


def _fit_layer(layer: nn.Linear, x: torch.Tensor, y: torch.Tensor) -> None:
    """Least squares of ``y`` by ``layer(x)``, both of rows, with a penalty on its weights."""
    x, y = x.double(), y.double()
    x_mean, y_mean = x.mean(0), y.mean(0)
    x = x - x_mean
    gram = x.T @ x / len(x)
    penalty = RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    weight = torch.linalg.solve(gram + penalty, x.T @ (y - y_mean) / len(x)).T
    layer.weight.copy_(weight)
    layer.bias.copy_(y_mean - weight @ x_mean)


def _make_identity(norm: nn.BatchNorm1d | nn.BatchNorm2d, x: torch.Tensor) -> None:
    """Batch norm that changes nothing about rows like ``x``, although it goes on learning from batches."""
    mean, variance = x.mean(0), x.var(0, unbiased=False)
    norm.running_mean, norm.running_var = mean, variance
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(mean)
