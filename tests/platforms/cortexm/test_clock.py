"""Start-up code brings a chip to the clock of its target, on models of the registers after the manuals."""

import struct
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import ClassVar

import numpy as np
import pytest
from emulator import built, small
from networks import noise
from tools import need

from ossicle.errors import OssicleError
from ossicle.platforms.cortexm.build import build_kernels
from ossicle.platforms.cortexm.machine import Machine
from ossicle.platforms.cortexm.qemu import run_qemu
from ossicle.platforms.cortexm.run import emulate
from ossicle.platforms.platform import emit
from ossicle.schedule import plan
from ossicle.targets import load_target
from ossicle.targets.chip import Clock
from ossicle.targets.target import FOLDER


class Registers:
    """Registers of a chip: what a program reads of them, and the clock that they amount to.

    After each write, the clock must be one that flash, regulator and PLL bear at that moment.
    """

    reset: ClassVar[dict[int, int]] = {}

    def __init__(self) -> None:
        self.values = dict(self.reset)

    def __getitem__(self, address: int) -> int:
        return self.values.get(address, 0)

    def field(self, address: int, high: int, low: int) -> int:
        return self[address] >> low & (1 << high - low + 1) - 1

    def read(self, address: int) -> int:
        return self[address]

    def write(self, address: int, value: int) -> None:
        self.values[address] = value
        assert self.hz() <= self.bearable_hz()

    def hz(self) -> float:
        raise NotImplementedError

    def bearable_hz(self) -> float:
        raise NotImplementedError


class Stm32F(Registers):
    """RM0090 (F4), RM0385 and RM0410 (F7): the registers that they have in common."""

    CR, PLLCFGR, CFGR, APB1ENR = 0x40023800, 0x40023804, 0x40023808, 0x40023840
    PWR_CR, PWR_CSR, ACR = 0x40007000, 0x40007004, 0x40023C00
    reset: ClassVar = {CR: 0x83, PLLCFGR: 0x24003010, PWR_CR: 0xC000}
    over_drive, full_hz = False, 168e6

    def read(self, address: int) -> int:
        value = self[address]
        if address == self.CR:
            return value & ~0x02000002 | (value & 1) << 1 | (value & 1 << 24) << 1
        if address == self.CFGR:
            return value & ~0xC | (value & 3) << 2
        if address == self.PWR_CSR:
            drive = self.field(self.PWR_CR, 17, 16)
            return self.field(self.CR, 24, 24) << 14 | (drive & 1) << 16 | (drive == 3) << 17
        return value

    def write(self, address: int, value: int) -> None:
        if address in (self.PWR_CR, self.PWR_CSR) and not self.field(self.APB1ENR, 28, 28):
            return
        if address == self.PLLCFGR:
            assert not self.field(self.CR, 24, 24), "the PLL runs"
        super().write(address, value)

    def hz(self) -> float:
        hsi = 16e6
        if self.field(self.CFGR, 1, 0) == 0:
            return hsi
        assert self.field(self.CFGR, 1, 0) == 2 and self.field(self.CR, 24, 24)
        assert not self.field(self.PLLCFGR, 22, 22), "the PLL runs from a crystal, which a board may lack"
        m, n = self.field(self.PLLCFGR, 5, 0), self.field(self.PLLCFGR, 14, 6)
        p = 2 * (self.field(self.PLLCFGR, 17, 16) + 1)
        assert 1e6 <= hsi / m <= 2e6 and 100e6 <= hsi / m * n <= 432e6
        hpre = self.field(self.CFGR, 7, 4)
        return hsi / m * n / p / (1 if hpre < 8 else 2 ** (hpre - 7))

    def bearable_hz(self) -> float:
        flash = 30e6 * (1 + self.field(self.ACR, 3, 0))
        if not self.over_drive:
            return min(flash, self.full_hz)
        driven = self.field(self.PWR_CR, 17, 16) == 3 and self.field(self.PWR_CR, 15, 14) == 3
        return min(flash, 216e6 if driven else 180e6)

    def peripherals_hz(self) -> tuple[float, float]:
        """Of APB1 and APB2."""
        dividers = (self.field(self.CFGR, 12, 10), self.field(self.CFGR, 15, 13))
        slow, fast = (self.hz() / (1 if d < 4 else 2 ** (d - 3)) for d in dividers)
        return slow, fast


class Stm32F7(Stm32F):
    over_drive = True


class Stm32H743(Registers):
    """RM0433."""

    CR, CFGR, D1CFGR, D2CFGR, D3CFGR = (0x58024400 + i for i in (0, 0x10, 0x18, 0x1C, 0x20))
    PLLCKSELR, PLLCFGR, PLL1DIVR, APB4ENR = (0x58024400 + i for i in (0x28, 0x2C, 0x30, 0xF4))
    PWR_CSR1, PWR_CR3, PWR_D3CR = 0x58024804, 0x5802480C, 0x58024818
    SYSCFG_PWRCR, ACR = 0x5800042C, 0x52002000
    reset: ClassVar = {CR: 0x1, PLLCKSELR: 0x02020200, PLLCFGR: 0x01FF0000, PLL1DIVR: 0x01010280,
             PWR_CR3: 0x6, PWR_D3CR: 0x4000, ACR: 0x37}  # fmt: skip
    supplied, supply = False, 2
    vco_hz = (192e6, 960e6)

    def read(self, address: int) -> int:
        value = self[address]
        if address == self.CR:
            return value & ~0x02000004 | (value & 1) << 2 | (value & 1 << 24) << 1
        if address == self.CFGR:
            return value & ~0x38 | (value & 7) << 3
        if address == self.PWR_CSR1:
            return self.supplied << 13
        if address == self.PWR_D3CR:
            return value & ~0x2000 | self.supplied << 13
        return value

    def write(self, address: int, value: int) -> None:
        if address == self.SYSCFG_PWRCR and not self.field(self.APB4ENR, 1, 1):
            return
        if address == self.PWR_CR3:
            assert not self.supplied, "the supply is configured once"
            self.supplied = value & 7 == self.supply
        if address in (self.PLLCKSELR, self.PLLCFGR, self.PLL1DIVR):
            assert not self.field(self.CR, 24, 24), "the PLL runs"
        super().write(address, value)

    def system_hz(self) -> float:
        hsi = 64e6 / 2 ** self.field(self.CR, 4, 3)
        if self.field(self.CFGR, 2, 0) == 0:
            return hsi
        assert self.field(self.CFGR, 2, 0) == 3 and self.field(self.CR, 24, 24)
        assert self.field(self.PLLCKSELR, 1, 0) == 0 and self.field(self.PLLCFGR, 16, 16)
        entering = hsi / self.field(self.PLLCKSELR, 9, 4)
        least = (1e6, 2e6, 4e6, 8e6)[self.field(self.PLLCFGR, 3, 2)]
        assert least <= entering <= 2 * least
        vco = entering * (self.field(self.PLL1DIVR, 8, 0) + 1)
        assert self.field(self.PLLCFGR, 1, 0) == 0 and self.vco_hz[0] <= vco <= self.vco_hz[1]
        return vco / (self.field(self.PLL1DIVR, 15, 9) + 1)

    def hz(self) -> float:
        divider = self.field(self.D1CFGR, 11, 8)
        return self.system_hz() / (1 if divider < 8 else 2 ** (divider - 7))

    def axi_hz(self) -> float:
        divider = self.field(self.D1CFGR, 3, 0)
        return self.hz() / (1 if divider < 8 else 2 ** (divider - 7))

    def bearable_hz(self) -> float:
        states, writes = self.field(self.ACR, 3, 0), self.field(self.ACR, 5, 4)
        flash = (70e6, 140e6, 210e6, 225e6, 240e6)[min(states, 4)]
        assert self.axi_hz() <= flash and (self.axi_hz() <= 185e6 or writes >= 2)
        scale = self.field(self.PWR_D3CR, 15, 14)
        driven = scale == 3 and self.field(self.SYSCFG_PWRCR, 0, 0)
        return 480e6 if driven else {0: 200e6, 1: 200e6, 2: 300e6, 3: 400e6}[scale]

    def peripherals_hz(self) -> tuple[float, ...]:
        dividers = [
            self.field(r, h, h - 2)
            for r, h in ((self.D1CFGR, 6), (self.D2CFGR, 6), (self.D2CFGR, 10), (self.D3CFGR, 6))
        ]
        return tuple(self.axi_hz() / (1 if d < 4 else 2 ** (d - 3)) for d in dividers)


class Stm32H7A3(Stm32H743):
    """RM0455: other names for most of these registers, the voltage converter, and no over-drive."""

    supply = 4
    scales: ClassVar = {0: 88e6, 1: 160e6, 2: 225e6, 3: 280e6}
    vco_hz = (128e6, 560e6)
    reset: ClassVar = {**Stm32H743.reset, Stm32H743.PWR_D3CR: 0, Stm32H743.ACR: 0x13}

    def bearable_hz(self) -> float:
        states, writes = self.field(self.ACR, 3, 0), self.field(self.ACR, 5, 4)
        scale = self.field(self.PWR_D3CR, 15, 14)
        flash = {0: 22e6, 1: 34e6, 2: 38e6, 3: 42e6}[scale] * (1 + states)
        assert self.axi_hz() <= flash and writes >= min(states // 2, 3)
        return self.scales[scale]


class Nrf5340(Registers):
    """Product specification, and erratum 64."""

    HFCLKCTRL, CACHE_ENABLE, REGULATOR = 0x50005558, 0x50001500, (0x5000470C, 0x5000473C)
    reset: ClassVar = {HFCLKCTRL: 1}

    def hz(self) -> float:
        return 128e6 / 2 ** self.field(self.HFCLKCTRL, 1, 0)

    def bearable_hz(self) -> float:
        return 128e6 if [self[address] for address in self.REGULATOR] == [0x29, 3] else 64e6


class Rp2350(Registers):
    """Datasheet; the boot ROM has left flash at a third of the core's clock."""

    XOSC, XOSC_STATUS, RESETS, RESETS_DONE = 0x40048000, 0x40048004, 0x40020000, 0x40020008
    CS, PWR, FBDIV, PRIM = (0x40050000 + 4 * i for i in range(4))
    CTRL, DIV, SELECTED, TIMING = 0x4001003C, 0x40010040, 0x40010044, 0x400D000C
    reset: ClassVar = {RESETS: 0x1FFFFFFF, CS: 1, PWR: 0x2D, PRIM: 0x77000, DIV: 0x10000, TIMING: 0x60007203}

    def stable(self) -> bool:
        return self.field(self.XOSC, 23, 12) == 0xFAB and self.field(self.XOSC, 11, 0) == 0xAA0

    def locked(self) -> bool:
        return self.stable() and not self[self.PWR] & 0x21 and self[self.FBDIV] > 0

    def read(self, address: int) -> int:
        value = self[address]
        if address == self.XOSC_STATUS:
            return self.stable() << 31
        if address == self.RESETS_DONE:
            return ~self[self.RESETS] & 0x1FFFFFFF
        if address == self.CS:
            return value & 0x7FFFFFFF | self.locked() << 31
        if address == self.SELECTED:
            return 1 << self.field(self.CTRL, 0, 0)
        return value

    def write(self, address: int, value: int) -> None:
        if self.CS <= address <= self.PRIM and self.field(self.RESETS, 14, 14):
            return
        if address == self.CTRL and (value ^ self[self.CTRL]) & 0xE0:
            assert not self[self.CTRL] & 1, "the source of the running clock is changed"
        super().write(address, value)

    def hz(self) -> float:
        if not self.field(self.CTRL, 0, 0):
            return 11e6
        assert self.locked() and self.field(self.CTRL, 7, 5) == 0 and not self[self.PWR] & 8
        vco = 12e6 / self.field(self.CS, 5, 0) * self[self.FBDIV]
        assert 750e6 <= vco <= 1600e6
        after = self.field(self.PRIM, 18, 16) * self.field(self.PRIM, 14, 12)
        return vco / after / (self[self.DIV] / 65536)

    def bearable_hz(self) -> float:
        return min(150e6, 133e6 * self.field(self.TIMING, 7, 0))


class Nrf52840(Registers):
    """Product specification: one clock; flash waits by itself."""

    def hz(self) -> float:
        return 64e6

    def bearable_hz(self) -> float:
        return 64e6


class Stm32L4(Registers):
    """RM0432, STM32L4+."""

    CR, CFGR, PLLCFGR, APB1ENR1, PWR_CR5, ACR = (
        *(0x40021000, 0x40021008, 0x4002100C, 0x40021058),
        *(0x40007080, 0x40022000),
    )
    reset: ClassVar = {CR: 0x63, PLLCFGR: 0x1000, PWR_CR5: 0x100, ACR: 0x600}

    def read(self, address: int) -> int:
        value = self[address]
        if address == self.CR:
            return value & ~0x02000002 | (value & 1) << 1 | (value & 1 << 24) << 1
        return value & ~0xC | (value & 3) << 2 if address == self.CFGR else value

    def write(self, address: int, value: int) -> None:
        if address == self.PWR_CR5 and not self.field(self.APB1ENR1, 28, 28):
            return
        if address == self.PLLCFGR:
            assert not self.field(self.CR, 24, 24), "the PLL runs"
        before = self.hz()
        super().write(address, value)
        assert before >= 60e6 or self.hz() <= 80e6, "to more than 80 MHz in one step"

    def hz(self) -> float:
        hpre = self.field(self.CFGR, 7, 4)
        divider = 1 if hpre < 8 else 2 ** (hpre - 7)
        if self.field(self.CFGR, 1, 0) == 0:
            return 4e6 / divider
        assert self.field(self.CFGR, 1, 0) == 3 and self.field(self.CR, 24, 24)
        assert self.field(self.PLLCFGR, 1, 0) == 1 and self.field(self.PLLCFGR, 24, 24)
        vco = 4e6 / (self.field(self.PLLCFGR, 7, 4) + 1) * self.field(self.PLLCFGR, 14, 8)
        assert 64e6 <= vco <= 344e6
        return vco / (2 * (self.field(self.PLLCFGR, 26, 25) + 1)) / divider

    def bearable_hz(self) -> float:
        return min(20e6 * (1 + self.field(self.ACR, 3, 0)), 80e6 if self.field(self.PWR_CR5, 8, 8) else 120e6)


class Stm32U5(Registers):
    """RM0456."""

    CR, CFGR1, CFGR2, PLL1CFGR, PLL1DIVR, AHB3ENR = (
        0x46020C00 + i for i in (0, 0x1C, 0x20, 0x28, 0x34, 0x94)
    )
    PWR_VOSR, ACR, ICACHE_CR = 0x4602080C, 0x40022000, 0x40030400
    reset: ClassVar = {CR: 0x35, PLL1DIVR: 0x01010280, PWR_VOSR: 0x8000, ACR: 0x1}

    def boosted(self) -> bool:
        return self.field(self.PWR_VOSR, 18, 18) == 1 and self.field(self.PLL1CFGR, 1, 0) != 0

    def read(self, address: int) -> int:
        value = self[address]
        if address == self.CR:
            return value & ~0x02000004 | (value & 1) << 2 | (value & 1 << 24) << 1
        if address == self.CFGR1:
            return value & ~0xC | (value & 3) << 2
        return value & ~0x4000 | self.boosted() << 14 if address == self.PWR_VOSR else value

    def write(self, address: int, value: int) -> None:
        if address == self.PWR_VOSR and not self.field(self.AHB3ENR, 2, 2):
            return
        if address in (self.PLL1CFGR, self.PLL1DIVR):
            assert not self.field(self.CR, 24, 24), "the PLL runs"
        if address == self.PLL1CFGR:
            assert not self.field(self.PWR_VOSR, 18, 18), "the booster runs from what is changed"
        before = self.hz()
        super().write(address, value)
        assert before >= 80e6 or self.hz() <= 80e6, "to more than 80 MHz in one step"

    def hz(self) -> float:
        hpre = self.field(self.CFGR2, 3, 0)
        divider = 1 if hpre < 8 else 2 ** (hpre - 7)
        if self.field(self.CFGR1, 1, 0) == 0:
            return 4e6 / divider
        assert self.field(self.CFGR1, 1, 0) == 3 and self.field(self.CR, 24, 24)
        assert self.field(self.PLL1CFGR, 1, 0) == 1 and self.field(self.PLL1CFGR, 18, 18)
        entering = 4e6 / (self.field(self.PLL1CFGR, 11, 8) + 1)
        vco = entering * (self.field(self.PLL1DIVR, 8, 0) + 1)
        assert entering == 4e6 and self.field(self.PLL1CFGR, 3, 2) < 3 and 128e6 <= vco <= 544e6
        return vco / (self.field(self.PLL1DIVR, 30, 24) + 1) / divider

    def bearable_hz(self) -> float:
        """In ranges 4 and 1, which alone are used."""
        each, most = {0: (8e6, 24e6), 3: (32e6, 160e6)}[self.field(self.PWR_VOSR, 17, 16)]
        return min(each * (1 + self.field(self.ACR, 3, 0)), most if self.boosted() else min(most, 55e6))

    def peripherals_hz(self) -> tuple[float, float]:
        dividers = (self.field(self.CFGR2, 6, 4), self.field(self.CFGR2, 10, 8))
        one, two = (self.hz() / (1 if d < 4 else 2 ** (d - 3)) for d in dividers)
        return one, two


MODELS: dict[str, Callable[[], Registers]] = {
    "stm32f407": Stm32F,
    "stm32f746": Stm32F7,
    "stm32f767": Stm32F7,
    "stm32h743": Stm32H743,
    "stm32h7a3": Stm32H7A3,
    "stm32u575": Stm32U5,
    "stm32l4r5": Stm32L4,
    "nrf52840": Nrf52840,
    "nrf5340": Nrf5340,
    "rp2350": Rp2350,
    "rp2350-sram": Rp2350,
}

ACCELERATED = {"stm32f407": 7, "stm32f767": 3, "stm32u575": 1}
"""Bits 10 to 8 of FLASH_ACR: prefetch, and what else is in front of flash."""


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    """The emitted ``clock.c`` of a target, alone on its emulated chip."""

    @cache
    def elf(name):
        folder = tmp_path_factory.mktemp(name) / "c"
        graph, target = small(), load_target(name)
        emit(graph, plan(graph), target, folder)
        return build_kernels(
            [], target, {file: (folder / file).read_text() for file in ("clock.c", "clock.h")}
        )

    return lambda name: Machine(elf(name), load_target(name))


def core_hz(machine):
    return int.from_bytes(machine.read(machine.address("core_hz"), 4), "little")


def attach(machine, registers):
    """Have the registers answer the program."""
    from unicorn import UC_HOOK_MEM_READ, UC_HOOK_MEM_WRITE

    failures = []

    def reads(emulator, access, address, size, value, data):
        machine.write(address, struct.pack("<I", registers.read(address)))

    def writes(emulator, access, address, size, value, data):
        try:
            registers.write(address, value & 0xFFFFFFFF)
        except AssertionError as failure:
            failures.append(failure)

    for step in machine.chip.clock.steps:
        registers.values.setdefault(step.address, 0)
    for address in list(registers.values):
        machine._emulator.hook_add(UC_HOOK_MEM_READ, reads, begin=address, end=address + 3)
        machine._emulator.hook_add(UC_HOOK_MEM_WRITE, writes, begin=address, end=address + 3)
    return failures


@pytest.mark.parametrize("name", MODELS)
def test_the_registers_amount_to_the_clock_of_the_target(chip, name):
    machine, registers = chip(name), MODELS[name]()
    assert registers.hz() == machine.chip.clock.reset_hz
    failures = attach(machine, registers)
    machine.call("clock_start")
    assert not failures
    assert registers.hz() == machine.chip.clock_hz == core_hz(machine)


def test_buses_stay_below_their_limits_and_caches_and_prefetch_are_on(chip):
    for name, limits in (
        ("stm32f407", (42e6, 84e6)),
        ("stm32f767", (54e6, 108e6)),
        ("stm32h743", (120e6,) * 4),
        ("stm32h7a3", (140e6,) * 4),
        ("stm32u575", (160e6, 160e6)),
    ):
        machine, registers = chip(name), MODELS[name]()
        attach(machine, registers)
        machine.call("clock_start")
        assert all(hz <= limit for hz, limit in zip(registers.peripherals_hz(), limits, strict=True))
        if name in ACCELERATED:
            assert registers.field(registers.ACR, 10, 8) == ACCELERATED[name]
        if name == "stm32u575":
            assert registers[registers.ICACHE_CR] == 1
    machine, registers = chip("nrf5340"), Nrf5340()
    attach(machine, registers)
    machine.call("clock_start")
    assert registers[registers.CACHE_ENABLE] == 1


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        *(("stm32f767", missing) for missing in ("PWR_CR1", "FLASH_ACR", "RCC_APB1ENR")),
        *(("stm32h7a3", missing) for missing in ("PWR_SRDCR", "FLASH_ACR")),
        *(("stm32u575", missing) for missing in ("PWR_VOSR", "FLASH_ACR", "RCC_AHB3ENR", "RCC_CFGR2")),
    ],
)
def test_the_model_of_the_registers_finds_a_step_that_is_missing(name, missing):
    """Without voltage, wait states or the clock of power control, full speed is not to be had."""
    registers = MODELS[name]()
    with pytest.raises(AssertionError):
        for step in load_target(name).chip.clock.steps:
            if not step.waits and step.register != missing:
                registers.write(step.address, registers.read(step.address) & ~step.mask | step.bits)


@pytest.mark.parametrize("name", [name for name in MODELS if not name.startswith("nrf")])
def test_a_part_that_never_is_ready_leaves_the_clock_of_the_reset_and_does_not_hang(chip, name):
    """On those of Nordic, nothing has to become ready."""
    steps = load_target(name).chip.clock.steps
    written = {(step.address, step.mask) for step in steps if not step.waits}
    ready = [
        step
        for step in steps
        if step.waits and not any(a == step.address and m & step.mask for a, m in written)
    ]
    for never in (ready[0], ready[-1]):
        machine = chip(name)
        for step in ready:
            word = int.from_bytes(machine.read(step.address, 4), "little")
            machine.write(step.address, struct.pack("<I", word | step.bits))
        word = int.from_bytes(machine.read(never.address, 4), "little")
        machine.write(never.address, struct.pack("<I", word & ~never.mask))
        machine.call("clock_start")
        assert core_hz(machine) == machine.chip.clock.reset_hz


def test_a_run_tells_which_clock_the_program_has_brought_up():
    target = load_target("stm32f767")
    found = emulate(small(), target, (noise(32) * 32768).astype(np.int16))
    assert found.core_hz == found.clock_hz == 216_000_000 and "leaves the clock" not in str(
        list(found.shown("tiny", target))
    )
    for hz, said in ((0, "as it is after a reset"), (16_000_000, "at 16 MHz")):
        lines = list(replace(found, core_hz=hz).shown("tiny", target))
        assert f"the program leaves the clock {said}; times are those at 216 MHz" in lines


def test_a_target_that_does_not_say_how_leaves_the_clock_unknown(tmp_path):
    target = load_target("stm32f767")
    target = replace(target, chip=replace(target.chip, clock=Clock()))
    emit(small(), plan(small()), target, tmp_path / "c")
    text = (tmp_path / "c" / "clock.c").read_text()
    assert "core_hz = 0u;" in text and "steps" not in text


def test_qemu_which_has_no_such_registers_gives_the_same_samples(tmp_path):
    need("qemu")
    target = load_target("stm32f407")
    path = built(tmp_path / "c", small(), target.name)
    samples = (noise(320) * 32768).astype(np.int16).tobytes()
    assert run_qemu(path, target, samples) == Machine(path, target).run(samples)


def test_a_step_that_neither_sets_nor_waits_is_refused(tmp_path):
    text = (FOLDER / "stm32f767.toml").read_text()
    path = tmp_path / "own.toml"
    path.write_text(text.replace('set = "RCC_APB1ENR", ', "", 1))
    with pytest.raises(OssicleError, match=r"set or wait in the step of the clock at 0x40023840"):
        load_target(str(path))
