"""A web page as a target."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.targets.target import Target, common_fields


@dataclass(frozen=True)
class WebTarget(Target):
    """Browsers, whose processor is WebAssembly."""

    zig: tuple[str, ...]
    """Flags of ``zig cc`` that choose the instructions, and how it links."""


def parse_web(name: str, data: Mapping[str, Any]) -> WebTarget:
    """Read the file of a target, whose own flags are in its section ``[web]``."""
    return WebTarget(**common_fields(name, data), zig=tuple(data["web"]["zig"]))
