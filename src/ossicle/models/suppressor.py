"""The noise suppressors of arXiv 2210.07692: a mask from two recurrent layers between dense layers."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from ossicle.audio.features import MAGNITUDE, divisors, trained_features
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError
from ossicle.models.gru import GRU

RnnState = torch.Tensor | tuple[torch.Tensor, torch.Tensor]
"""Of both recurrent layers, ``(2, batch, hidden)``: ``h``, and of an LSTM ``h`` and ``c``."""


@dataclass(frozen=True)
class SuppressorConfig:
    """Shape of a suppressor: the recurrent cell, ``"lstm"`` or ``"gru"``, and its width."""

    cell: str
    hidden: int


SUPPRESSORS = {
    "lstm256": SuppressorConfig("lstm", 256),
    "gru256": SuppressorConfig("gru", 256),
    "lstm128": SuppressorConfig("lstm", 128),
    "gru128": SuppressorConfig("gru", 128),
}


class Frames(NamedTuple):
    """What a suppressor makes of frames."""

    mask: torch.Tensor
    """``(batch, time, bins)``, 0 to 1."""
    state: RnnState
    """For the frames that follow."""
    presence: torch.Tensor
    """Logits of the probability that somebody speaks, ``(batch, time)``."""


class MaskNetwork(nn.Module):
    """What training knows of any suppressor, which makes :class:`Frames` of features."""

    stft: StftConfig
    features: str


class Suppressor(MaskNetwork):
    """Features of a spectrum in, mask in 0..1 out, one value a frequency bin.

    Features → dense, ReLU → two recurrent layers → dense, ReLU → dense, sigmoid. The dense layers around
    the recurrent ones are trained with batch norm, which the import into a graph folds away. A second dense
    layer behind the recurrent ones tells in training whether somebody speaks; the import leaves it out.
    ``features`` is their kind, one of :data:`ossicle.audio.features.TRAINED`.
    """

    def __init__(
        self, config: SuppressorConfig, stft: StftConfig | None = None, features: str = MAGNITUDE
    ) -> None:
        super().__init__()
        self.config = config
        self.stft = stft or StftConfig()
        self.features = features
        bins, hidden = self.stft.bins, config.hidden
        self.fc_in = nn.Linear(bins, hidden)
        self.norm_in = nn.BatchNorm1d(hidden)
        self.rnn = {"lstm": nn.LSTM, "gru": GRU}[config.cell](hidden, hidden, 2, batch_first=True)
        self.fc_mid = nn.Linear(hidden, bins)
        self.norm_mid = nn.BatchNorm1d(bins)
        self.fc_out = nn.Linear(bins, bins)
        self.presence = nn.Linear(hidden, 1)

    def forward(self, features: torch.Tensor, state: RnnState | None = None) -> Frames:
        """Run frames of features, ``(batch, time, bins)``, from the state of the frames before."""
        x = torch.relu(_over_features(self.norm_in, self.fc_in(features)))
        hidden, following = self.rnn(x, state)
        x = torch.relu(_over_features(self.norm_mid, self.fc_mid(hidden)))
        # In mixed precision the mask still has 24 bits: near one, the steps of bfloat16 are audible.
        mask = torch.sigmoid(self.fc_out(x).float())
        return Frames(mask, following, self.presence(hidden).float().squeeze(-1))

    def step(self, features: torch.Tensor, state: RnnState | None = None) -> tuple[torch.Tensor, RnnState]:
        """Run one frame of shape ``(batch, bins)``; returns its mask and the state to give back next time."""
        found = self(features.unsqueeze(1), state)
        return found.mask.squeeze(1), found.state


def _over_features(norm: nn.BatchNorm1d, x: torch.Tensor) -> torch.Tensor:
    """Apply batch norm over the last axis of ``(batch, time, features)``."""
    normal: torch.Tensor = norm(x.flatten(0, 1))
    return normal.view(x.shape)


def suppressor(name: str, features: str = MAGNITUDE) -> Suppressor:
    """Build an untrained suppressor by its name, such as ``"gru256"``, and the kind of its features."""
    if name not in SUPPRESSORS:
        raise OssicleError(f"there is no network {name!r}; choose one of {', '.join(SUPPRESSORS)}")
    return Suppressor(SUPPRESSORS[name], features=features)


def torch_stft(signal: torch.Tensor, config: StftConfig) -> torch.Tensor:
    """:func:`ossicle.audio.stft.stft` on tensors: ``(..., n)`` to complex ``(..., frames, bins)``."""
    frames = config.frames(signal.shape[-1])
    padding = (config.latency, frames * config.hop - signal.shape[-1])
    windows = nn.functional.pad(signal, padding).unfold(-1, config.window, config.hop)
    window = torch.from_numpy(config.analysis_window).to(signal.device)
    spectrum: torch.Tensor = torch.fft.rfft(windows * window, config.n_fft)
    return spectrum


def torch_istft(spectrum: torch.Tensor, config: StftConfig, samples: int) -> torch.Tensor:
    """:func:`ossicle.audio.stft.istft` on tensors: ``(batch, frames, bins)`` to ``(batch, samples)``."""
    window = torch.from_numpy(config.synthesis_weights).to(spectrum.device)
    frames = torch.fft.irfft(spectrum, config.n_fft)[..., : config.window] * window
    length = config.latency + frames.shape[1] * config.hop
    signal = nn.functional.fold(
        frames.transpose(1, 2), (1, length), (1, config.window), stride=(1, config.hop)
    )
    return signal[:, 0, 0, config.latency : config.latency + samples]


@torch.no_grad()
def torch_features(
    signal: torch.Tensor, spectrum: torch.Tensor, config: StftConfig, name: str
) -> torch.Tensor:
    """:meth:`ossicle.audio.features.Features.of` on tensors: of ``(batch, n)`` and its :func:`torch_stft`."""
    kind, heard = trained_features(name), spectrum.abs()
    if kind.levelled:
        levels = torch.from_numpy(divisors(signal.cpu().numpy(), config)).to(signal.device)
        heard = heard / levels.sqrt().unsqueeze(-1)
    return heard**kind.power
