"""Plug-ins for audio programs: LADSPA and LV2, in C that is built on the computer that it is for."""

from ossicle.platforms.platform import Platform, register
from ossicle.platforms.plugin.build import build
from ossicle.platforms.plugin.files import project
from ossicle.platforms.plugin.plan import plan_plugin
from ossicle.platforms.plugin.target import PluginTarget, parse_plugin
from ossicle.schedule import Plan

PLUGIN = Platform[PluginTarget, Plan](
    "plugin",
    description="a plug-in",
    example="ladspa",
    parse=parse_plugin,
    plan=plan_plugin,
    project=project,
    program=lambda folder, target, summary: build(folder),
    after="make -C {out} builds it, and make -C {out} install puts it where programs look for it",
)
register(PLUGIN)
