"""A web page and an npm package: WebAssembly, built by zig, in an AudioWorklet."""

from ossicle.platforms.platform import Platform, register
from ossicle.platforms.web.files import add_to, project
from ossicle.platforms.web.plan import plan_web
from ossicle.platforms.web.program import WebProgram
from ossicle.platforms.web.run import ON, run_web
from ossicle.platforms.web.target import WebTarget, parse_web
from ossicle.schedule import Plan

WEB = Platform[WebTarget, Plan](
    "web",
    description="a web page",
    example="web",
    parse=parse_web,
    plan=plan_web,
    project=project,
    add_to=add_to,
    program=WebProgram,
    after="open {out}/index.html in a browser",
    on=ON,
    run=run_web,
)
register(WEB)
