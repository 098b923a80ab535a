"""Kernels on an emulated Cortex-M: one function call at a time, and the instructions that it took."""

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ossicle.run.compiler import run_compiler

CPUS = {"m4": "cortex_m4+vfp4d16sp", "m7": "cortex_m7+fp_armv8d16", "m33": "cortex_m33+dsp+fp_armv8d16sp"}
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion"]
FLAGS = [*STRICT, "-O2", "-fomit-frame-pointer", "-ffreestanding", "-fno-math-errno", "-ffp-contract=off"]
# Headers that the kernels need and a bare compiler lacks.
HEADERS = {
    "string.h": "#include <stddef.h>\n"
    "void *memmove(void *, const void *, size_t);\nvoid *memset(void *, int, size_t);\n"
}
CODE, RAM, TOP, RETURN = 0x08000000, 0x20000000, 0x20100000, 0x00010000
LINK = f"""SECTIONS {{
    . = {CODE:#x};
    .text : {{ KEEP(*(.text*)) *(.rodata*) }}
    /DISCARD/ : {{ *(.ARM.ex*) }}
}}"""


class CortexM:
    """A core that holds the functions of some sources in flash."""

    def __init__(self, sources: Sequence[Path], include: Sequence[Path], folder: Path, cpu="m7", flags=()):
        pytest.importorskip("ziglang", reason="ziglang, the compiler for Cortex-M, is not installed")
        unicorn = pytest.importorskip("unicorn", reason="unicorn, the emulator, is not installed")
        elffile = pytest.importorskip("elftools.elf.elffile", reason="pyelftools is not installed")
        from unicorn import arm_const

        for name, text in HEADERS.items():
            (folder / name).write_text(text)
        (folder / "link.ld").write_text(LINK)
        target = ["-target", "thumb-freestanding-eabihf", f"-mcpu={CPUS[cpu]}", "-Wl,-e,0"]
        includes = [f"-I{path}" for path in (*include, folder)]
        run_compiler(
            [sys.executable, "-m", "ziglang", "cc"],
            [*target, *FLAGS, *flags, *includes, f"-Wl,-T,{folder}/link.ld", "-o", f"{folder}/elf"]
            + [str(source) for source in sources],
        )
        with open(folder / "elf", "rb") as file:
            elf = elffile.ELFFile(file)
            table = elf.get_section_by_name(".symtab")
            self.symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
            code = [(s["sh_addr"], s.data()) for s in elf.iter_sections() if s["sh_addr"] >= CODE]
        self.registers = arm_const
        self.core = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        models = {name: getattr(arm_const, f"UC_CPU_ARM_CORTEX_{name.upper()}") for name in CPUS}
        self.core.ctl_set_cpu_model(models[cpu])
        for base, size in ((CODE, 0x400000), (RAM, TOP - RAM), (RETURN, 0x1000), (0xE0000000, 0x100000)):
            self.core.mem_map(base, size)
        for address, data in code:
            self.core.mem_write(address, data)
        self.core.reg_write(arm_const.UC_ARM_REG_FPEXC, 1 << 30)
        self.core.hook_add(unicorn.UC_HOOK_BLOCK, self._count)
        self.lengths: dict[tuple[int, int], int] = {}
        self.next = RAM

    def _count(self, core, address, size, _) -> None:
        if (address, size) not in self.lengths:
            halves = struct.unpack(f"<{size // 2}H", core.mem_read(address, size))
            at = count = 0
            while at < len(halves):
                at += 2 if halves[at] >> 11 in (0b11101, 0b11110, 0b11111) else 1
                count += 1
            self.lengths[address, size] = count
        self.instructions += self.lengths[address, size]

    def put(self, data: np.ndarray, offset: int = 0) -> int:
        """Copy an array into memory, ``offset`` bytes beyond a multiple of 8; returns its address."""
        address = -(-self.next // 8) * 8 + offset
        self.core.mem_write(address, data.tobytes())
        self.next = address + data.nbytes
        assert self.next < TOP - 0x4000, "the memory of this core is full"
        return address

    def get(self, address: int, like: np.ndarray) -> np.ndarray:
        """Read an array of the type and shape of another one."""
        return np.frombuffer(bytes(self.core.mem_read(address, like.nbytes)), like.dtype).reshape(like.shape)

    def call(self, name: str, *arguments: int | float) -> int:
        """Call a function; returns how many instructions it took. Memory is free again for :meth:`put`."""
        arm = self.registers
        words = [a for a in arguments if not isinstance(a, float)]
        floats = [a for a in arguments if isinstance(a, float)]
        for register, word in enumerate(words[:4]):
            self.core.reg_write(arm.UC_ARM_REG_R0 + register, int(word) & 0xFFFFFFFF)
        for register, value in enumerate(floats):
            bits = struct.unpack("<I", struct.pack("<f", value))[0]
            self.core.reg_write(arm.UC_ARM_REG_S0 + register, bits)
        stack = struct.pack(f"<{len(words[4:])}I", *(int(word) & 0xFFFFFFFF for word in words[4:]))
        self.core.mem_write(TOP - 64, stack)
        self.core.reg_write(arm.UC_ARM_REG_SP, TOP - 64)
        self.core.reg_write(arm.UC_ARM_REG_LR, RETURN | 1)
        self.instructions, self.next = 0, RAM
        self.core.emu_start(self.symbols[name] | 1, RETURN)
        return self.instructions
