"""What all targets have in common, and how a file of one is read."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from ossicle.errors import OssicleError
from ossicle.files import read_toml
from ossicle.kernels import Kernels, load_kernels
from ossicle.numerics.formats import SCHEMES
from ossicle.registry import Registry

FOLDER = resources.files("ossicle") / "targets"
DEFAULT_SCHEME = "w8a16"
"""Of a target whose file names none."""


@dataclass(frozen=True)
class Target:
    """What every platform knows of what it emits for; those that need more have a target of their own."""

    name: str
    description: str
    platform: str
    """Name of the platform (:mod:`ossicle.platforms`) that emits for it, builds and runs."""
    kernels: Kernels
    """Its kernel sets; each constant has the layout of the kernel that reads it."""
    cflags: tuple[str, ...]
    scheme: str = field(default=DEFAULT_SCHEME, kw_only=True)
    """That of a float model for which nobody names one."""

    @property
    def weight_cache_bytes(self) -> int:
        """Of a data cache that weights should stay in while they are used again; 0 where none is known."""
        return 0


Parser = Callable[[str, Mapping[str, Any]], Target]
"""Makes a target of its name and of what its file holds."""
PARSERS: Registry[Parser] = Registry("ossicle.platforms")
"""How the files of each platform's targets are read, by its name; each platform registers its own."""


def common_fields(name: str, data: Mapping[str, Any], parallel: bool = False) -> dict[str, Any]:
    """The fields of :class:`Target`; with ``parallel``, its kernels are those that cores can share."""
    scheme = data.get("scheme", DEFAULT_SCHEME)
    if scheme not in SCHEMES:
        raise OssicleError(
            f"the target {name} has the unknown scheme {scheme!r}; choose one of {', '.join(SCHEMES)}"
        )
    return {
        "name": name,
        "scheme": scheme,
        "description": data["description"],
        "platform": data["platform"],
        "kernels": load_kernels(data["kernels"], parallel),
        "cflags": tuple(data["cflags"]),
    }


def parse_plain_target(name: str, data: Mapping[str, Any]) -> Target:
    """Read the file of a target of which nothing more is to be known."""
    return Target(**common_fields(name, data))


def target_names() -> list[str]:
    """Names of the targets that ship."""
    return sorted(f.name[:-5] for f in FOLDER.iterdir() if f.name.endswith(".toml"))


def load_target(name: str) -> Target:
    """Read a target that ships, by its name, or any other from its file, by a path that ends in ``.toml``."""
    if name.endswith(".toml"):
        return _read_target(Path(name))
    if name not in target_names():
        raise OssicleError(
            f"there is no target {name!r}; choose one of {', '.join(target_names())}, or name a .toml file"
        )
    return _target(name, tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")))


def _read_target(path: Path) -> Target:
    try:
        return _target(path.stem, read_toml(path, "the target"))
    except (KeyError, TypeError) as error:
        raise OssicleError(
            f"the target {path} lacks or misspells something ({error}); compare it with one that ships"
        ) from None


def _target(name: str, data: Mapping[str, Any]) -> Target:
    if data["platform"] not in PARSERS:
        raise OssicleError(
            f"the target {name} is of the unknown platform {data['platform']!r}; this version knows "
            f"{', '.join(PARSERS)}"
        )
    return PARSERS[data["platform"]](name, data)
