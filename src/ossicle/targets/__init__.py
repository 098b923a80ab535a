"""Chips as data: one TOML file each."""

import tomllib
from dataclasses import dataclass
from importlib import resources

from ossicle.errors import OssicleError


@dataclass(frozen=True)
class Target:
    """What the emitter needs to know of a chip."""

    name: str
    description: str
    kernels: tuple[str, ...]
    cflags: tuple[str, ...]
    packing: str = "rows"
    """Order of integer weights that the kernels read (:mod:`ossicle.emit.packing`)."""


def target_names() -> list[str]:
    """Names of the targets that ship."""
    return sorted(f.name[:-5] for f in resources.files(__name__).iterdir() if f.name.endswith(".toml"))


def load_target(name: str) -> Target:
    """Read a target by its name."""
    if name not in target_names():
        raise OssicleError(f"there is no target {name!r}; choose one of {', '.join(target_names())}")
    data = tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text("utf-8"))
    kernels, cflags = tuple(data["kernels"]), tuple(data["cflags"])
    return Target(name, data["description"], kernels, cflags, data.get("packing", "rows"))
