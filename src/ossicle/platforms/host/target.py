"""This computer as a target."""

import platform
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ossicle.targets.target import Target, parse_plain_target


def parse_host(name: str, data: Mapping[str, Any]) -> Target:
    """Read the file of a target; of its kernel sets, those of use on this computer are taken."""
    target = parse_plain_target(name, data)
    return replace(target, kernels=target.kernels.on(platform.machine()))
