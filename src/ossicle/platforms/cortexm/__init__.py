"""A bare-metal Cortex-M: built by zig, run by the emulator unicorn, and by QEMU as a second opinion."""

from ossicle.emit.chip import memory_rows
from ossicle.platforms.cortexm.estimate import chip_cost, chip_cost_table
from ossicle.platforms.cortexm.files import project
from ossicle.platforms.cortexm.plan import plan_chip
from ossicle.platforms.cortexm.program import ChipProgram
from ossicle.platforms.cortexm.run import EMULATORS, run_chip
from ossicle.platforms.platform import Platform, register
from ossicle.schedule import Plan
from ossicle.targets import ChipTarget
from ossicle.targets.chip import parse_chip_target

CORTEXM = Platform[ChipTarget, Plan](
    "cortexm",
    description="a Cortex-M chip",
    example="stm32f767",
    parse=parse_chip_target,
    plan=plan_chip,
    project=project,
    program=ChipProgram,
    sizes=memory_rows,
    on=EMULATORS,
    run=run_chip,
    frame_cost=chip_cost,
    cost_table=chip_cost_table,
)
register(CORTEXM)
