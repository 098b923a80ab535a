"""A bare-metal RISC-V chip: built by zig, run on QEMU's board "virt", which counts its instructions."""

from ossicle.emit.chip import memory_rows
from ossicle.platforms.platform import Platform, register
from ossicle.platforms.riscv.files import project
from ossicle.platforms.riscv.plan import plan_chip
from ossicle.platforms.riscv.program import RiscvProgram
from ossicle.platforms.riscv.run import EMULATORS, run_chip
from ossicle.schedule import Plan
from ossicle.targets import ChipTarget
from ossicle.targets.chip import parse_chip_target

RISCV = Platform[ChipTarget, Plan](
    "riscv",
    description="a RISC-V chip",
    example="esp32c3",
    parse=parse_chip_target,
    plan=plan_chip,
    project=project,
    program=RiscvProgram,
    sizes=memory_rows,
    on=EMULATORS,
    run=run_chip,
)
register(RISCV)
