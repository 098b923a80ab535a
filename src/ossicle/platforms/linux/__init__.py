"""A computer with Linux and another processor: built by zig, run by QEMU's user mode."""

from ossicle.platforms.linux.files import project
from ossicle.platforms.linux.plan import linux_cost, plan_linux
from ossicle.platforms.linux.program import LinuxProgram
from ossicle.platforms.linux.run import ON, run_linux
from ossicle.platforms.linux.target import LinuxTarget, parse_linux
from ossicle.platforms.platform import Platform, register
from ossicle.schedule import Plan

LINUX = Platform[LinuxTarget, Plan](
    "linux",
    description="a computer with Linux",
    example="raspberry-pi-4",
    parse=parse_linux,
    plan=plan_linux,
    project=project,
    program=LinuxProgram,
    frame_cost=linux_cost,
    on=ON,
    run=run_linux,
)
register(LINUX)
