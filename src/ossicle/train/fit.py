"""The training loop: seeded mixtures, checkpoints that resume, and the best weights by validation."""

import json
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save

from ossicle.audio.stft import istft
from ossicle.data.corpus import Corpus, clips_of, read_clips
from ossicle.data.mixing import MixConfig, Sources, draw_mixture
from ossicle.errors import OssicleError
from ossicle.metrics.signal import si_sdr
from ossicle.models.suppressor import Suppressor, suppressor, torch_stft
from ossicle.train.loss import enhancement_loss


@dataclass(frozen=True)
class FitConfig:
    """A training run; ``steps`` updates of ``batch`` mixtures, learning rate warmed up and then a cosine."""

    network: str = "gru256"
    steps: int = 4800
    batch: int = 24
    learning_rate: float = 2e-3
    warmup: int = 100
    clip_norm: float = 1.0
    weight_decay: float = 1e-4
    validate_every: int = 200
    validation_clips: int = 60
    seed: int = 0
    workers: int = 1


@dataclass(frozen=True)
class Progress:
    """What the loop reports after each step; the validation figures only where they were just taken."""

    step: int
    steps: int
    loss: float
    seconds: float
    validation_loss: float | None = None
    validation_si_sdr_db: float | None = None


class Mixtures(torch.utils.data.Dataset):
    """Example ``i`` depends on the seed and ``i`` alone, so that a resumed run sees the same mixtures."""

    def __init__(self, sources: Sources, mixing: MixConfig, sample_rate: int, seed: int, indices: range):
        self.sources, self.mixing, self.sample_rate = sources, mixing, sample_rate
        self.seed, self.indices = seed, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng((self.seed, self.indices[i]))
        return draw_mixture(rng, self.sources, self.mixing, self.sample_rate)


def decode_sources(corpus: Corpus, split: str, sample_rate: int) -> Sources:
    """Decode all clips of one split of a corpus."""
    speech_clips, noise_clips = clips_of(corpus.speech, split), clips_of(corpus.noise, split)
    speech: dict[str, list[np.ndarray]] = defaultdict(list)
    for clip, samples in zip(speech_clips, read_clips(speech_clips, sample_rate), strict=True):
        speech[clip.speaker].append(samples)
    return Sources(dict(speech), read_clips(noise_clips, sample_rate))


def learning_rate(step: int, config: FitConfig) -> float:
    """Linear warm-up, then half a cosine down to zero."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(config.steps - config.warmup, 1)
    return config.learning_rate * 0.5 * (1 + np.cos(np.pi * done))


def fit(
    corpus: Corpus, out: Path, config: FitConfig, mixing: MixConfig, report: Callable[[Progress], None]
) -> Suppressor:
    """Train a suppressor and return it with the weights of its best validation loss.

    ``out`` receives ``checkpoint.safetensors`` (weights and optimizer, resumed from where it exists),
    ``best.safetensors`` and ``log.jsonl``. A checkpoint of another configuration is refused. A resumed run
    ends at the same bits, given the same corpus, machine and number of threads.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OssicleError(f"cannot make the folder {out} ({error.strerror}); choose another") from None
    torch.manual_seed(config.seed)
    network = suppressor(config.network)
    sample_rate = network.stft.sample_rate
    optimizer = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    start, best = _resume(out, network, optimizer, config, mixing)
    sources = decode_sources(corpus, "train", sample_rate)
    validation = Mixtures(
        decode_sources(corpus, "val", sample_rate),
        replace(mixing, seconds=4.0, clean=0.0, coloured=0.0),
        sample_rate,
        config.seed + 1,
        range(config.validation_clips),
    )
    indices = range(start * config.batch, config.steps * config.batch)
    loader = torch.utils.data.DataLoader(
        Mixtures(sources, mixing, sample_rate, config.seed, indices),
        batch_size=config.batch,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
    )
    network.train()
    begun = time.monotonic()
    for step, (noisy, clean) in enumerate(loader, start):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        loss, _ = _loss(network, noisy, clean)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
        optimizer.step()
        progress = Progress(step + 1, config.steps, loss.item(), time.monotonic() - begun)
        if not math.isfinite(progress.loss):
            raise OssicleError(f"the loss is {progress.loss} at step {step + 1}; lower the learning rate")
        if (step + 1) % config.validate_every == 0 or step + 1 == config.steps:
            progress = replace(progress, **_validate(network, validation, config.batch))
            improved = progress.validation_loss < best
            best = min(best, progress.validation_loss)
            if improved:
                _save(out / "best.safetensors", network.state_dict(), {})
            _checkpoint(out, network, optimizer, config, mixing, step + 1, best)
            with (out / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(asdict(progress)) + "\n")
        report(progress)
    network.load_state_dict(load_file(out / "best.safetensors"))
    return network.eval()


def _loss(network: Suppressor, noisy: torch.Tensor, clean: torch.Tensor):
    noisy_spectrum, clean_spectrum = torch_stft(noisy, network.stft), torch_stft(clean, network.stft)
    mask, _ = network(noisy_spectrum.abs())
    return enhancement_loss(mask * noisy_spectrum, clean_spectrum, noisy_spectrum), mask


@torch.no_grad()
def _validate(network: Suppressor, mixtures: Mixtures, batch: int) -> dict[str, float]:
    """Mean loss and mean SI-SDR over the validation mixtures."""
    network.eval()
    losses, ratios = [], []
    for noisy, clean in torch.utils.data.DataLoader(mixtures, batch):
        loss, mask = _loss(network, noisy, clean)
        losses.append(loss.item() * len(noisy))
        spectra = (mask * torch_stft(noisy, network.stft)).numpy()
        for spectrum, target in zip(spectra, clean.numpy(), strict=True):
            ratios.append(si_sdr(istft(spectrum, network.stft, len(target)), target))
    network.train()
    return {
        "validation_loss": sum(losses) / len(mixtures),
        "validation_si_sdr_db": float(np.mean(ratios)),
    }


def _save(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, str]) -> None:
    partial = path.with_suffix(".part")
    try:
        partial.write_bytes(save({name: tensor.contiguous() for name, tensor in tensors.items()}, header))
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        raise OssicleError(
            f"cannot write {path} ({error}); make room, then the same command goes on"
        ) from None


def _identity(config: FitConfig, mixing: MixConfig) -> str:
    """What a checkpoint must share with the run that resumes it."""
    return json.dumps([{k: v for k, v in asdict(config).items() if k != "workers"}, asdict(mixing)])


def _checkpoint(out, network, optimizer, config, mixing, step: int, best: float) -> None:
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in state.items()}
    header = {"step": str(step), "best": str(best), "config": _identity(config, mixing)}
    _save(out / "checkpoint.safetensors", tensors, header)


def _resume(out: Path, network, optimizer, config: FitConfig, mixing: MixConfig) -> tuple[int, float]:
    """Load the checkpoint in ``out``, if any; returns the next step and the best validation loss so far."""
    path = out / "checkpoint.safetensors"
    if not path.exists():
        return 0, float("inf")
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise OssicleError(f"{path} is not a checkpoint ({error}); delete it to start again") from None
    if header.get("config") != _identity(config, mixing):
        raise OssicleError(f"{path} belongs to a run with other settings; choose another folder")
    network.load_state_dict({k[8:]: v for k, v in tensors.items() if k.startswith("network.")})
    state: dict[int, dict[str, torch.Tensor]] = defaultdict(dict)
    for key, tensor in tensors.items():
        if key.startswith("optimizer."):
            _, index, name = key.split(".")
            state[int(index)][name] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": dict(state)})
    return int(header["step"]), float(header["best"])
