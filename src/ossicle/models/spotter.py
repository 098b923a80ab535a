"""Keyword spotters: scores of the classes from a patch of mel features.

Every convolution and dense layer but the last one and the bottleneck is followed by batch norm, which the
import into a graph folds away, and then by ReLU.
"""

from dataclasses import dataclass

import torch
from torch import nn

from ossicle.audio.mel import STD_OFFSET_DB
from ossicle.audio.mel_tables import MelConfig, dct_matrix, mel_filters
from ossicle.errors import OssicleError

CLASSES = 6


class PatchNetwork(nn.Module):
    """What training knows of any spotter: its features; it makes scores of patches."""

    mel: MelConfig


class CnnOneFstride4(PatchNetwork):
    """The network of arXiv 2208.02765, ``cnn-one-fstride4`` of Sainath and Parada (Interspeech 2015).

    One convolution over 8 mel bands and the whole time, 4 bands apart → ReLU → linear bottleneck of 32 → two
    dense layers of 128 with ReLU → scores. The bottleneck has no activation, as published: it factors one
    large matrix into two small ones.
    """

    def __init__(self, mel: MelConfig, classes: int = CLASSES) -> None:
        super().__init__()
        self.mel = mel
        self.conv = nn.Conv2d(1, 186, (8, mel.frames), stride=(4, 1))
        self.norm_conv = nn.BatchNorm2d(186)
        self.bottleneck = nn.Linear(186 * ((mel.features - 8) // 4 + 1), 32)
        self.dense1 = nn.Linear(32, 128)
        self.norm1 = nn.BatchNorm1d(128)
        self.dense2 = nn.Linear(128, 128)
        self.norm2 = nn.BatchNorm1d(128)
        self.out = nn.Linear(128, classes)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Scores (logits) of shape ``(batch, classes)`` of patches ``(batch, 1, features, frames)``."""
        x = torch.relu(self.norm_conv(self.conv(patches)))
        x = self.bottleneck(x.flatten(1))
        x = torch.relu(self.norm1(self.dense1(x)))
        x = torch.relu(self.norm2(self.dense2(x)))
        scores: torch.Tensor = self.out(x)
        return scores


class DsCnn(PatchNetwork):
    """A depthwise separable CNN of the size of MLPerf Tiny's (arXiv 2106.07597; first arXiv 1711.07128).

    A convolution over 4 features and 10 frames, 2 apart in both → four times a depthwise 3×3 and a pointwise
    convolution → mean over the map → scores. The zeros around the maps are those of "same" padding: a short
    side comes first.
    """

    CHANNELS = 64
    BLOCKS = 4

    def __init__(self, mel: MelConfig, classes: int = CLASSES) -> None:
        super().__init__()
        self.mel = mel
        n = self.CHANNELS
        self.pad = nn.ZeroPad2d((*_same(mel.frames, 10, 2), *_same(mel.features, 4, 2)))
        self.conv = nn.Conv2d(1, n, (4, 10), stride=2)
        self.norm_conv = nn.BatchNorm2d(n)
        self.depthwise = nn.ModuleList(nn.Conv2d(n, n, 3, padding=1, groups=n) for _ in range(self.BLOCKS))
        self.norm_depthwise = nn.ModuleList(nn.BatchNorm2d(n) for _ in range(self.BLOCKS))
        self.pointwise = nn.ModuleList(nn.Conv2d(n, n, 1) for _ in range(self.BLOCKS))
        self.norm_pointwise = nn.ModuleList(nn.BatchNorm2d(n) for _ in range(self.BLOCKS))
        self.out = nn.Linear(n, classes)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Scores (logits) of shape ``(batch, classes)`` of patches ``(batch, 1, features, frames)``."""
        x = torch.relu(self.norm_conv(self.conv(self.pad(patches))))
        for block in range(self.BLOCKS):
            for kind in ("depthwise", "pointwise"):
                layer, norm = self.convolution(kind, block)
                x = torch.relu(norm(layer(x)))
        scores: torch.Tensor = self.out(x.mean((2, 3)))
        return scores

    def convolution(self, kind: str, block: int) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
        """The ``"depthwise"`` or ``"pointwise"`` convolution of a block, and the batch norm after it."""
        layer = self.get_submodule(f"{kind}.{block}")
        norm = self.get_submodule(f"norm_{kind}.{block}")
        assert isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)  # As they were made above.
        return layer, norm


Spotter = CnnOneFstride4 | DsCnn


@dataclass(frozen=True)
class SpotterConfig:
    """A spotter: its module, its features, and after how many of their frames it listens again."""

    module: type[Spotter]
    mel: MelConfig
    frames: int


SPOTTERS = {
    "cnn": SpotterConfig(CnnOneFstride4, MelConfig(), 1),
    "dscnn": SpotterConfig(
        DsCnn, MelConfig(window=640, hop=320, n_fft=1024, mels=40, coefficients=10, frames=49), 2
    ),
}


def spotter(name: str) -> Spotter:
    """Build an untrained spotter by its name, such as ``"dscnn"``."""
    if name not in SPOTTERS:
        raise OssicleError(f"there is no spotter {name!r}; choose one of {', '.join(SPOTTERS)}")
    config = SPOTTERS[name]
    return config.module(config.mel)


def torch_patches(signals: torch.Tensor, config: MelConfig) -> torch.Tensor:
    """The patch at the end of each signal, as :func:`ossicle.audio.mel.patches` has it.

    Signals ``(batch, n)`` that hold at least ``frames`` whole hops become ``(batch, 1, features, frames)``.
    Raises :class:`OssicleError` for settings other than the defaults, besides sizes.
    """
    if config.changed:
        raise OssicleError(f"spotters are trained with the default of {', '.join(config.changed)} only")
    kept = config.window - config.hop
    hops = signals.shape[-1] // config.hop
    if hops < config.frames:
        raise OssicleError(f"a patch needs {config.frames * config.hop} samples, not {signals.shape[-1]}")
    padded = nn.functional.pad(signals[:, : hops * config.hop], (kept, 0))
    windows = padded[:, (hops - config.frames) * config.hop :].unfold(-1, config.window, config.hop)
    window = torch.hann_window(config.window, device=signals.device)
    spectrum = torch.fft.rfft(windows * window, config.n_fft)
    filters = torch.from_numpy(mel_filters(config)).to(signals.device)
    bands = (spectrum.real.square() + spectrum.imag.square()) @ filters.T
    decibels = 10 * torch.log10(bands.clamp_min(config.floor))
    decibels = torch.maximum(decibels, decibels.amax((1, 2), keepdim=True) - config.top_db)
    std, mean = torch.std_mean(decibels, (1, 2), correction=0, keepdim=True)
    normal = (decibels - mean) / (std + STD_OFFSET_DB)
    if config.coefficients:
        normal = normal @ torch.from_numpy(dct_matrix(config)).to(signals.device).T
    return normal.transpose(1, 2).unsqueeze(1)


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after a side of ``size`` that give it ``ceil(size / stride)`` outputs."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
