"""A Cortex-M of which the emulator unicorn runs the instructions: a whole program, or one function."""

import struct
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ossicle.errors import OssicleError
from ossicle.platforms.cortexm.build import EMULATOR, check_emulator
from ossicle.platforms.cortexm.profile import Profile
from ossicle.platforms.cortexm.semihosting import BREAKPOINT, Console
from ossicle.programs.elf import read_elf
from ossicle.targets import ChipTarget

if TYPE_CHECKING:
    from unicorn import Uc

PAGE = 4096
SYSTEM = 0xE0000000
"""Where the core's own registers lie; the program sets some of them at its start."""
PAINT = 0xA5


def cpu_model(core: str) -> int | None:
    """What unicorn calls a core; None where it has none."""
    from unicorn import arm_const

    return getattr(arm_const, f"UC_CPU_ARM_{core.replace('-', '_').upper()}", None)


def has_unicorn(core: str) -> bool:
    """Whether unicorn is installed, with what its counts need, and has a core."""
    return all(find_spec(name) for name in EMULATOR) and cpu_model(core) is not None


class Machine:
    """An ELF file in the memories of a target.

    ``run`` starts it from reset; ``call`` calls one function. Give arguments that are arrays an address from
    ``free`` on, which is where memory begins that the program does not use.
    """

    time_limit_s = 600

    def __init__(self, path: Path, target: ChipTarget) -> None:
        check_emulator()
        from unicorn import UC_ARCH_ARM, UC_HOOK_INTR, UC_MODE_THUMB, Uc, arm_const

        # UC_MODE_MCLASS would force a Cortex-M33; the model below is of the M class by itself.
        self._registers = arm_const
        self._emulator = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
        self.chip = target.chip
        if (model := cpu_model(self.chip.core)) is None:
            raise OssicleError(f"the emulator unicorn has no {self.chip.core}; take --on qemu")
        self._emulator.ctl_set_cpu_model(model)
        self._emulator.hook_add(UC_HOOK_INTR, self._interrupt)
        self._console = Console(b"")
        self._failure = ""
        self.elf = read_elf(path)
        for memory in self.chip.memories:
            self._emulator.mem_map(memory.origin, -(-memory.bytes // PAGE) * PAGE)
        self._emulator.mem_map(SYSTEM, 1 << 20)
        for page in {step.address // PAGE * PAGE for step in self.chip.clock.steps}:
            self._emulator.mem_map(page, PAGE)
        for segment in self.elf.segments:
            self.write(segment.load_address, segment.data)
            self.write(segment.address, segment.data)
        self.free = -(-self.address("_stack_top") // 64) * 64

    def profile(self, layers: dict[str, list[str]]) -> Profile:
        """Count from now on what runs for each layer; see :class:`.profile.Profile`."""
        profile = Profile(self.elf, layers)
        profile.attach(self._emulator)
        return profile

    def address(self, symbol: str) -> int:
        """Address of a function or variable."""
        if symbol not in self.elf.symbols:
            raise OssicleError(f"the program has no symbol {symbol!r}")
        return self.elf.symbols[symbol].address

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory."""
        return bytes(self._emulator.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Put bytes into memory."""
        self._emulator.mem_write(address, bytes(data))

    def run(self, stdin: bytes) -> bytes:
        """Run from reset until the program exits; returns what it wrote to its output.

        Memory for the state holds rubbish at the start, as on a chip, so that the start-up code is tried too.
        """
        ram = self.chip.memory("state")
        self.write(ram.origin, bytes([PAINT]) * ram.bytes)
        self._ready_registers()
        self._console = Console(stdin)
        stack, entry = struct.unpack("<II", self.read(self.chip.memory("code").origin, 8))
        self._start(stack, entry, until=0xFFFFFFFE)
        if not self._console.exited:
            raise OssicleError(f"the emulated program did not exit within {self.time_limit_s} s")
        return bytes(self._console.output)

    def call(self, symbol: str, *arguments: int | float) -> int:
        """Call a function; returns what it leaves in r0, unsigned.

        Arguments are integers and addresses, of 32 bits each, and floats, which are passed as C floats.
        """
        words = [argument & 0xFFFFFFFF for argument in arguments if isinstance(argument, int)]
        floats = [argument for argument in arguments if isinstance(argument, float)]
        stack = (self.address("_stack_top") - 4 * max(0, len(words) - 4)) & ~7
        for i, word in enumerate(words[:4]):
            self._emulator.reg_write(self._registers.UC_ARM_REG_R0 + i, word)
        for i, value in enumerate(floats):
            bits = struct.unpack("<I", struct.pack("<f", value))[0]
            self._emulator.reg_write(self._registers.UC_ARM_REG_S0 + i, bits)
        self.write(stack, struct.pack(f"<{len(words[4:])}I", *words[4:]))
        # The function returns to the end of the memory for code, where the emulator stops.
        code = self.chip.memory("code")
        home = code.origin + code.bytes - 4
        self._emulator.reg_write(self._registers.UC_ARM_REG_LR, home | 1)
        self._start(stack, self.address(symbol), until=home)
        if self._emulator.reg_read(self._registers.UC_ARM_REG_PC) & ~1 != home:
            raise OssicleError(f"{symbol} did not return within {self.time_limit_s} s")
        result: int = self._emulator.reg_read(self._registers.UC_ARM_REG_R0)
        return result

    @property
    def stack_used(self) -> int:
        """Bytes of the stack that the last ``run`` reached, from the paint that it left."""
        bottom = self.address("_stack_bottom")
        stack = self.read(bottom, self.address("_stack_top") - bottom)
        return len(stack.lstrip(bytes([PAINT])))

    def _ready_registers(self) -> None:
        """Registers that raise the clock are plain memory, and what a program waits for is there at once."""
        steps = self.chip.clock.steps
        ready = {step.address: 0 for step in steps}
        for step in steps:
            if step.waits:
                ready[step.address] |= step.bits
        for address, bits in ready.items():
            self.write(address, struct.pack("<I", bits))

    def _start(self, stack: int, entry: int, until: int) -> None:
        from unicorn import UcError

        self._failure = ""
        self._emulator.reg_write(self._registers.UC_ARM_REG_SP, stack)
        try:
            self._emulator.emu_start(entry | 1, until, timeout=self.time_limit_s * 1_000_000)
        except UcError as error:
            self._failure = self._failure or str(error)
        if self._failure:
            place = self._emulator.reg_read(self._registers.UC_ARM_REG_PC)
            raise OssicleError(
                f"the emulated program failed at 0x{place:08x} in {self._place(place)}: {self._failure}"
            )

    def _place(self, address: int) -> str:
        return next((name for start, name in reversed(self.elf.functions) if start <= address), "no function")

    def _interrupt(self, emulator: "Uc", number: int, _: object) -> None:
        constants = self._registers
        place = emulator.reg_read(constants.UC_ARM_REG_PC)
        if bytes(emulator.mem_read(place, 2)) != BREAKPOINT:
            self._failure = f"exception {number}"
            emulator.emu_stop()
            return
        operation = emulator.reg_read(constants.UC_ARM_REG_R0)
        argument = emulator.reg_read(constants.UC_ARM_REG_R1)
        try:
            result = self._console.serve(operation, argument, self.read, self.write)
        except OssicleError as error:
            self._failure = str(error)
        if self._failure or self._console.exited:
            emulator.emu_stop()
            return
        emulator.reg_write(constants.UC_ARM_REG_R0, result & 0xFFFFFFFF)
        emulator.reg_write(constants.UC_ARM_REG_PC, (place + 2) | 1)
