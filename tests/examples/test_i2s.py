"""The example with I2S and DMA on an STM32F407, on a model of its registers."""

import struct
from pathlib import Path

import numpy as np
import pytest
from tools import need

need("emulator")

from emulator import small  # noqa: E402

from ossicle.platforms.cortexm.build import build_elf, build_kernels  # noqa: E402
from ossicle.platforms.cortexm.machine import Machine  # noqa: E402
from ossicle.platforms.platform import emit  # noqa: E402
from ossicle.schedule import plan  # noqa: E402
from ossicle.targets import load_target  # noqa: E402

SOURCE = Path(__file__).parents[2] / "examples" / "stm32f407_i2s" / "audio.c"
HOP, SLOTS = 100, 4
TARGET = load_target("stm32f407")
PAGES = (0x40003000, 0x40020000, 0x40026000)
RCC_CR, LISR, LIFCR, VTOR = 0x40023800, 0x40026000, 0x40026008, 0xE000ED08


class Board:
    """The emulated chip with the example's functions; DMA and I2S are played by the test."""

    def __init__(self, folder, compiler):
        emit(small(), plan(small()), TARGET, folder)
        sources = {"audio.c": SOURCE.read_text("utf-8"), "audio.h": (folder / "audio.h").read_text("utf-8")}
        self.machine = Machine(build_kernels([], TARGET, sources, compiler), TARGET)
        for page in PAGES:
            self.machine._emulator.mem_map(page, 4096)
        self.write(RCC_CR, 1 << 27)  # PLLI2SRDY
        self.write(VTOR, TARGET.chip.memory("code").origin)
        self.machine.call("audio_start")

    def write(self, address, value):
        self.machine.write(address, struct.pack("<I", value))

    def read(self, address):
        return int.from_bytes(self.machine.read(address, 4), "little")

    def stream(self, n):
        return [self.read(0x40026010 + 0x18 * n + 4 * i) for i in range(4)]

    def receive(self, half, samples):
        """DMA has filled a half with the samples in the left slots."""
        slots = np.full((HOP, SLOTS), 0x5A5A, np.int16)
        slots[:, 0] = samples
        self.machine.write(self.stream(3)[3] + half * slots.nbytes, slots.tobytes())
        self.write(LISR, 1 << (26 + half))
        self.machine.call("DMA1_Stream3_IRQHandler")

    def frame(self):
        place = self.machine.free
        assert self.machine.call("audio_read", place, HOP) == HOP
        return np.frombuffer(self.machine.read(place, 2 * HOP), np.int16)

    def overruns(self):
        return self.read(self.machine.address("audio_overruns"))


@pytest.fixture(params=["zig", "gcc"])
def board(request, tmp_path):
    if request.param == "gcc":
        need("gcc")
    return Board(tmp_path / "c", request.param)


def test_registers_amount_to_16_khz_and_to_both_streams(board):
    pll, divider = board.read(0x40023884), board.read(0x40003820)
    multiplier, post = pll >> 6 & 0x1FF, pll >> 28 & 7
    m = next(s.bits & 0x3F for s in TARGET.chip.clock.steps if s.register == "RCC_PLLCFGR")
    vco = 16e6 / m * multiplier
    assert 100e6 <= vco <= 432e6
    assert vco / post / (64 * (2 * (divider & 0xFF) + (divider >> 8 & 1))) == 16000
    receive, send = board.stream(3), board.stream(4)
    assert [stream[1:3] for stream in (receive, send)] == [[800, 0x4000340C], [800, 0x4000380C]]
    assert [stream[0] >> 25 & 7 for stream in (receive, send)] == [3, 0]
    assert [stream[0] >> 6 & 3 for stream in (receive, send)] == [0, 1]
    assert all(stream[0] & 1 and stream[0] >> 8 & 1 for stream in (receive, send))
    sram = TARGET.chip.memory("state")
    assert all(sram.origin <= stream[3] < sram.origin + sram.bytes - 1600 for stream in (receive, send))
    assert board.read(0x4000381C) == 0xE05 and board.read(0x4000341C) == 0xD05
    vectors = board.read(VTOR)
    handler = board.machine.address("DMA1_Stream3_IRQHandler")
    assert vectors % 512 == 0 and board.read(vectors + 4 * (16 + 14)) == handler | 1


def test_samples_go_through_both_rings_and_a_late_program_is_counted(board):
    rng = np.random.default_rng(3)
    for half in (0, 1, 0):
        samples = rng.integers(-32768, 32767, HOP).astype(np.int16)
        board.receive(half, samples)
        assert board.read(LIFCR) == 1 << (26 + half)
        np.testing.assert_array_equal(board.frame(), samples)
        board.machine.call("audio_write", board.machine.free, HOP)
        ring = np.frombuffer(board.machine.read(board.stream(4)[3], 4 * HOP * SLOTS), np.int16)
        sent = ring.reshape(2, HOP, SLOTS)[half]
        np.testing.assert_array_equal(sent, np.stack([samples, 0 * samples] * 2, axis=1))
    assert board.overruns() == 0
    board.receive(1, samples)
    board.receive(0, samples)
    assert board.overruns() == 1


@pytest.mark.parametrize("compiler", ["zig", "gcc"])
def test_the_folder_is_built_with_it(tmp_path, compiler):
    if compiler == "gcc":
        need("gcc")
    emit(small(), plan(small()), TARGET, tmp_path / "c")
    (tmp_path / "c" / "audio.c").write_text(SOURCE.read_text("utf-8"), "utf-8")
    assert build_elf(tmp_path / "c", compiler).stat().st_size > 5000
