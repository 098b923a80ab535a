"""A plug-in as a target."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.targets.target import Target, common_fields


@dataclass(frozen=True)
class PluginTarget(Target):
    """A plug-in for audio programs of this computer."""

    format: str
    """Folder of the templates: ``"ladspa"`` or ``"lv2"``."""


def parse_plugin(name: str, data: Mapping[str, Any]) -> PluginTarget:
    """Read the file of a target; of its kernel sets, those of use on this computer are taken."""
    fields = common_fields(name, data)
    fields["kernels"] = fields["kernels"].on(platform.machine())
    return PluginTarget(**fields, format=data["plugin"]["format"])
