"""Checkpoints: what a run needs to go on as if it had never stopped."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save

from ossicle.errors import OssicleError
from ossicle.files import replacing
from ossicle.models.spotter import Spotter, spotter
from ossicle.train.recipe import Recipe, SpotterRecipe

CHECKPOINT, BEST, LOG = "checkpoint.safetensors", "best.safetensors", "log.jsonl"
SPOTTER = "spotter"
"""Key of the JSON in the header of a spotter's weights."""


def save_best(out: Path, network: torch.nn.Module) -> None:
    """Keep the weights of ``network`` as the best so far."""
    _write(out / BEST, network.state_dict(), {})


def load_best(out: Path, network: torch.nn.Module) -> None:
    """Give ``network`` the best weights of a run."""
    network.load_state_dict(load_file(out / BEST))


def save_checkpoint(
    out: Path,
    network: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe | SpotterRecipe,
    step: int,
    best: float,
) -> None:
    """Write the state after ``step`` updates; ``best`` is the lowest validation loss so far."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in state.items()}
    header = {"step": str(step), "best": str(best), "steps": str(recipe.fit.steps), "recipe": _past(recipe)}
    _write(out / CHECKPOINT, tensors, header)


def resume(
    out: Path,
    network: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe | SpotterRecipe,
) -> tuple[int, float]:
    """Load the checkpoint in ``out``, if any; returns the next step and the best validation loss so far.

    A checkpoint of another recipe is refused. Only the number of steps may differ, as long as the learning
    rate of neither run had begun to fall.
    """
    path = out / CHECKPOINT
    if not path.exists():
        return 0, float("inf")
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise OssicleError(f"{path} is not a checkpoint ({error}); delete it to start again") from None
    if json.loads(header.get("recipe", "null")) != json.loads(_past(recipe)):
        raise OssicleError(f"{path} belongs to a run with another recipe; choose another folder")
    step, steps = int(header["step"]), int(header["steps"])
    if steps != recipe.fit.steps and step > (1 - recipe.fit.decay) * min(steps, recipe.fit.steps):
        raise OssicleError(
            f"{path} is past where a run of {steps} steps can be given another length: its learning rate "
            "has begun to fall; go on without --steps, or choose another folder"
        )
    network.load_state_dict({k[8:]: v for k, v in tensors.items() if k.startswith("network.")})
    state: dict[int, dict[str, torch.Tensor]] = defaultdict(dict)
    for key, tensor in tensors.items():
        if key.startswith("optimizer."):
            _, index, name = key.split(".")
            state[int(index)][name] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": dict(state)})
    return step, float(header["best"])


def save_spotter(path: Path, name: str, network: torch.nn.Module, about: Mapping[str, Any]) -> None:
    """Write the weights of the spotter ``name``; the header has the name and ``about`` as JSON."""
    _write(path, network.state_dict(), {SPOTTER: json.dumps({"network": name, **about})})


def load_spotter(path: Path) -> Spotter:
    """A spotter, for evaluation, from a file that :func:`save_spotter` wrote."""
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})[SPOTTER])
        network = spotter(about["network"])
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise OssicleError(f"{path} holds no spotter ({error}); name the weights of a finished run") from None
    return network.eval()


def read_log(out: Path) -> list[dict[str, Any]]:
    """The entries of a run's log, oldest first."""
    path = out / LOG
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def write_log(out: Path, entries: list[dict[str, Any]]) -> None:
    """Replace the log of a run."""
    _replace(out / LOG, "".join(json.dumps(entry) + "\n" for entry in entries).encode())


def _past(recipe: Recipe | SpotterRecipe) -> str:
    """What a checkpoint must share with the run that resumes it: all that shaped it."""
    fit = {key: value for key, value in asdict(recipe.fit).items() if key != "steps"}
    others = [asdict(getattr(recipe, field.name)) for field in fields(recipe) if field.name != "fit"]
    return json.dumps([fit, *others])


def _write(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, str]) -> None:
    _replace(path, save({name: tensor.contiguous() for name, tensor in tensors.items()}, header))


def _replace(path: Path, data: bytes) -> None:
    try:
        with replacing(path) as partial:
            partial.write_bytes(data)
    except OSError as error:
        raise OssicleError(
            f"cannot write {path} ({error}); make room, then the same command goes on"
        ) from None
