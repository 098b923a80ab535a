"""This computer, through its own C compiler."""

from ossicle.platforms.host.build import build
from ossicle.platforms.host.files import project
from ossicle.platforms.host.frame_cost import host_cost
from ossicle.platforms.host.plan import plan_host
from ossicle.platforms.host.target import parse_host
from ossicle.platforms.platform import Platform, register
from ossicle.schedule import Plan
from ossicle.targets import Target

HOST = Platform[Target, Plan](
    "host",
    description="this computer",
    example="host",
    parse=parse_host,
    plan=plan_host,
    project=project,
    program=lambda folder, target, summary: build(folder),
    streams=True,
    frame_cost=host_cost,
)
register(HOST)
