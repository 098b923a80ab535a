"""The cycle models on short sequences; docs/cortexm.md says what is published of them and what is assumed."""

import pytest
from emulator import small

from ossicle.cost.in_order_pipeline import (
    CORTEX_M4,
    CORTEX_M7,
    CORTEX_M33,
    core_named,
    cycles,
    cycles_repeated,
)
from ossicle.cost.thumb2_decoder import Decoder, Kind
from ossicle.errors import OssicleError
from ossicle.platforms.cortexm.build import build_kernels
from ossicle.platforms.cortexm.estimate import weight_traffic
from ossicle.platforms.cortexm.layer_cycles import assumptions, block_cycles
from ossicle.platforms.cortexm.profile import Block
from ossicle.platforms.cortexm.run import emulate
from ossicle.programs.elf import read_elf
from ossicle.targets import load_target

SEQUENCES = {
    "adds": "add r0, r1\n add r2, r3\n add r4, r1\n add r5, r3",
    "chain": "add r0, r1\n add r0, r2\n add r0, r3\n add r0, r4",
    "load_use": "ldr r0, [r1]\n adds r0, #1",
    "narrow_use": "ldrsh.w r0, [r1]\n adds r0, #1",
    "two_loads": "ldr r0, [r2]\n ldr r1, [r2, #4]",
    "copy": "ldr r0, [r1]\n str r0, [r2]",
    "mac_chain": "smlabb r0, r1, r2, r0\n smlabb r0, r3, r4, r0\n smlabb r0, r1, r4, r0",
    "mul_use": "mul r0, r1, r2\n add r0, r3",
    "wide": "smlal r0, r1, r2, r3\n smlal r0, r1, r4, r5",
    "extends": "sxtb16 r0, r1\n sxtb16 r2, r3",
    "pop": "ldmia.w r0, {r1, r2, r3, r4, r5, r6, r7, r8}",
    "floats": "vmul.f32 s0, s1, s2\n vadd.f32 s3, s0, s4",
    "divide": "vdiv.f32 s0, s1, s2\n vadd.f32 s3, s4, s5",
    "root": "vsqrt.f32 s0, s1\n vadd.f32 s3, s4, s5",
}
EXPECTED = {  # (M7, M33, M4)
    "adds": (2, 4, 4),
    "chain": (4, 4, 4),
    "load_use": (2, 3, 3),
    "narrow_use": (3, 3, 3),
    "two_loads": (2, 2, 3),
    "copy": (1, 2, 2),
    "mac_chain": (3, 3, 3),
    "mul_use": (3, 3, 2),
    "wide": (2, 2, 2),
    "extends": (2, 2, 2),
    "pop": (4, 8, 9),
    "floats": (4, 3, 3),
    "divide": (17, 15, 15),
    "root": (15, 15, 15),
}


@pytest.fixture(scope="module")
def code():
    text = "".join(
        f'__attribute__((naked)) void {name}(void); __attribute__((naked)) void {name}(void)\n'
        f"{{ __asm__(\"{' ; '.join(lines.splitlines())} ; bx lr\"); }}\n"
        for name, lines in SEQUENCES.items()
    )  # fmt: skip
    elf = read_elf(build_kernels([], load_target("stm32f767"), {"sequences.c": text}))
    decoder = Decoder()

    def decode(name):
        place = elf.symbols[name]
        found = decoder.decode(elf.text[place.address - elf.text_address :][: place.bytes], place.address)
        return found[: len(SEQUENCES[name].splitlines())]

    return decode


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_takes_its_cycles(code, name):
    assert tuple(cycles(code(name), core) for core in (CORTEX_M7, CORTEX_M33, CORTEX_M4)) == EXPECTED[name]


def test_a_loop_waits_for_what_its_last_round_made(code):
    chain = code("floats")
    assert cycles_repeated(chain, CORTEX_M7) >= cycles(chain, CORTEX_M7)
    assert cycles_repeated(code("adds"), CORTEX_M7) == 2


def test_instructions_are_told_apart(code):
    kinds = {name: code(name)[0].kind for name in SEQUENCES}
    assert kinds["narrow_use"] is Kind.LOAD_NARROW and kinds["extends"] is Kind.BITS
    assert kinds["wide"] is Kind.MULTIPLY and kinds["pop"] is Kind.LOAD_MANY
    assert code("pop")[0].words == 8 and code("mac_chain")[0].accumulators


def test_branches_cost_what_their_counts_say():
    branch = Decoder().decode(bytes.fromhex("0138fdd1"), 0x100)  # subs r0, #1; bne 0x100
    assert (branch[1].target, branch[1].conditional) == (0x100, True)
    block = Block(0x100, 4, count=1000, taken=990)
    # On the M7 ten of the branches are mispredicted; on the M33 each taken one fetches anew.
    assert block_cycles(block, branch, CORTEX_M7) == pytest.approx(1000 + 10 * 8, abs=10)
    assert block_cycles(block, branch, CORTEX_M33) == 2000 + 990


def test_the_assumptions_name_the_way_of_the_weights():
    chips = {name: load_target(name).chip for name in ("stm32f767", "mps2-an500", "rp2350")}
    assert "12 cycles for each 32 bytes" in assumptions(chips["stm32f767"], 20_000)
    assert "weights stay in the cache" in assumptions(chips["stm32f767"], 10_000)
    assert "no memory waits" in assumptions(chips["mps2-an500"], 20_000)
    assert "one instruction a cycle" in assumptions(chips["rp2350"], 20_000)


def test_code_that_cannot_be_decoded_and_unknown_cores_are_refused():
    with pytest.raises(OssicleError, match="unknown to the decoder"):
        Decoder().decode(bytes.fromhex("ffffffff"), 0)
    with pytest.raises(OssicleError, match="no cycle model for cortex-m55"):
        core_named("cortex-m55")


@pytest.mark.slow
def test_weights_from_slow_memory_are_charged_once_a_hop(noise_samples):
    graph = small("gru", "w8a16", hidden=120)
    costs = {
        name: emulate(graph, load_target(name), noise_samples).layers for name in ("stm32f767", "mps2-an500")
    }
    for slow, fast in zip(costs["stm32f767"], costs["mps2-an500"], strict=True):
        assert slow.instructions == pytest.approx(fast.instructions, rel=0.01)
        assert fast.weight_cycles == 0
        assert slow.cycles - slow.weight_cycles == pytest.approx(fast.cycles, rel=0.02)
    recurrent = next(cost for cost in costs["stm32f767"] if cost.layer == "rnn0")
    assert recurrent.weight_cycles == pytest.approx((6 * 120 * 120 + 720 * 9) / 32 * 12)


def test_a_convolution_reads_weights_that_the_cache_does_not_hold_at_each_window():
    graph = small("conv")
    of = {node.name: 1000 for node in graph.nodes} | {"local": 1001}
    assert weight_traffic(graph, of, 1000) == of | {"local": 1001 * 4 * 5}
    assert weight_traffic(graph, of, 2000) == of


@pytest.fixture
def noise_samples():
    import numpy as np
    from networks import noise

    return (noise(320) * 32768).astype(np.int16)
