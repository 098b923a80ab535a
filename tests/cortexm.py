"""Kernels on an emulated Cortex-M: one function call at a time, and the instructions that it took."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from tools import need

need("emulator")

from ossicle.cost.thumb2_decoder import Decoder  # noqa: E402
from ossicle.kernels import load_kernels  # noqa: E402
from ossicle.platforms.cortexm.build import build_kernels  # noqa: E402
from ossicle.platforms.cortexm.machine import Machine  # noqa: E402
from ossicle.targets import load_target  # noqa: E402
from ossicle.targets.variants import with_ample_memory  # noqa: E402

CPUS = {"m4": "cortex_m4+vfp4d16sp", "m7": "cortex_m7+fp_armv8d16", "m33": "cortex_m33+dsp+fp_armv8d16sp"}
STRICT = ("-Wall", "-Wextra", "-Werror", "-Wconversion")


class CortexM:
    """A core that holds the functions of some sources; ``gcc`` is an M7 for which GCC builds them."""

    def __init__(self, sources: Sequence[Path], kernels: Sequence[str], cpu: str = "m7") -> None:
        compiler = "gcc" if cpu == "gcc" else "zig"
        if compiler == "gcc":
            need("gcc")
        board = with_ample_memory(load_target("stm32f767"))
        chip = board.chip
        if compiler == "zig":
            chip = replace(chip, core=f"cortex-{cpu}", zig=(f"-mcpu={CPUS[cpu]}",))
        target = replace(board, kernels=load_kernels(kernels), cflags=(*board.cflags, *STRICT), chip=chip)
        self.machine = Machine(build_kernels(sources, target, compiler=compiler), target)
        self.cpu = cpu
        self.profile = self.machine.profile({"kernel": []})
        self.next = self.machine.free
        self._length = cache(self._decoded_length)

    def _decoded_length(self, address: int, size: int) -> int:
        offset = address - self.machine.elf.text_address
        return len(Decoder().decode(self.machine.elf.text[offset : offset + size], address))

    def put(self, data: np.ndarray, offset: int = 0) -> int:
        """Copy an array into memory, ``offset`` bytes beyond a multiple of 8; returns its address."""
        address = -(-self.next // 8) * 8 + offset
        self.machine.write(address, data.tobytes())
        self.next = address + data.nbytes
        return address

    def get(self, address: int, like: np.ndarray) -> np.ndarray:
        """Read an array of the type and shape of another one."""
        return np.frombuffer(self.machine.read(address, like.nbytes), like.dtype).reshape(like.shape)

    def call(self, name: str, *arguments: int) -> int:
        """Call a function; returns how many instructions it took. Memory is free again for :meth:`put`."""
        self.profile.clear()
        self.next = self.machine.free
        self.machine.call(name, *(int(argument) for argument in arguments))
        return self.instructions()

    def instructions(self) -> int:
        """How many were taken since the profile was cleared."""
        blocks = self.profile.blocks("kernel")
        return sum(block.count * self._length(block.address, block.bytes) for block in blocks)
