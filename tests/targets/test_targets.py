"""The chips that ship."""

from itertools import pairwise

import pytest

from ossicle.targets import load_target, target_names

CHIPS = ["mps2-an500", "nrf5340", "rp2350", "stm32f746", "stm32f767", "stm32h743"]


def test_the_host_is_no_chip_and_all_others_are():
    assert [name for name in target_names() if load_target(name).chip] == CHIPS
    assert load_target("host").chip is None


@pytest.mark.parametrize("name", CHIPS)
def test_a_chip_has_one_memory_for_code_and_one_for_the_state_and_none_overlap(name):
    memories = load_target(name).chip.memories
    assert sorted(memory.holds for memory in memories if memory.holds) == ["code", "state"]
    ends = sorted((memory.origin, memory.origin + memory.bytes) for memory in memories)
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))


@pytest.mark.parametrize("name", CHIPS)
def test_a_chip_names_its_fpu_to_both_compilers(name):
    chip = load_target(name).chip
    assert any("+fp_armv8d16" in flag for flag in chip.zig)
    single = any("d16sp" in flag for flag in chip.zig)
    assert ("-mfpu=fpv5-sp-d16" if single else "-mfpu=fpv5-d16") in chip.gcc
    assert chip.core in " ".join(chip.gcc) and chip.clock_hz >= 25_000_000
