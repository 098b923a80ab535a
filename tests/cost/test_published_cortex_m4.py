"""The model of the Cortex-M4 against cycles that others measured on a board.

P. Schwabe and K. Stoffelen, *All the AES You Need on Cortex-M3 and M4* (SAC 2016), measured hand-written
assembly on an STM32F407 without wait states, averaged over 10,000 runs; the figures are in the README of
Ko-/aes-armcortexm. Its key expansions are straight code whose rounds are all alike. What is here has their
kinds, sizes and order of instructions.
"""

from itertools import pairwise

import pytest
from tools import need

need("emulator")

from ossicle.cost.in_order_pipeline import CORTEX_M4, cycles  # noqa: E402
from ossicle.cost.thumb2_decoder import Decoder  # noqa: E402
from ossicle.platforms.cortexm.build import build_kernels  # noqa: E402
from ossicle.programs.elf import read_elf  # noqa: E402
from ossicle.targets import load_target  # noqa: E402

CALL = 1 + CORTEX_M4.taken
NEAR = 0.04


def looked_up(table: str, of: str, into: list[str]) -> list[str]:
    """Four bytes of a word, each looked up in a table."""
    turned = [", ror #8", ", ror #16", ", ror #24", ""]
    bytes_of = [f"uxtb {to}, {of}{by}" for to, by in zip(into, turned, strict=True)]
    return bytes_of + [f"ldrb {to}, [{table}, {to}, lsl #2]" for to in into]


def combined(first: str, looked: list[str]) -> list[str]:
    plain, *shifted = looked
    return [f"eor {first}, {first}, {plain}"] + [
        f"eor {first}, {first}, {of}, lsl #{8 * by}" for by, of in enumerate(shifted, 1)
    ]


def chained(words: list[str]) -> list[str]:
    return [f"eors {b}, {a}" if int(b[1:]) < 8 else f"eor {b}, {b}, {a}" for a, b in pairwise(words)]


def stored(words: list[str], at: int) -> list[str]:
    return [f"str {word}, [r1, #{at + 4 * i}]" for i, word in enumerate(words)]


def expansion(saved: str, words: int, table: str, rounds: int, begin_again: int) -> list[str]:
    """Key expansion of AES for keys of so many words; the last round makes four of them."""
    first = 4 if table == "r3" else 2
    state = [f"r{first + i}" for i in range(words)]
    looked = ["r10", "r11", "r12", "r14"] if words == 8 else ["r8", "r9", "r10", "r11"]
    code = [f"push {{{saved}}}", f"ldm r0, {{{state[0]}-{state[-1]}}}", f"adr {table}, 1f"]
    at = 0
    for i in range(rounds):
        made = state if i < rounds - 1 or words == 4 else state[:4]
        code += looked_up(table, state[-1], looked)
        code += [f"eor {state[0]}, {state[0]}, #{(1, 2, 4, 8, 16, 32, 64, 128, 27, 54)[i]}"]
        code += combined(state[0], looked)
        if words == 8 and len(made) == 8:
            code += chained(state[:4]) + looked_up(table, state[3], looked)
            code += combined(state[4], looked) + chained(state[4:])
        else:
            code += chained(made)
        code += stored(made, at)
        at += 4 * len(made)
        if i == begin_again:
            code += [f"adds r1, #{at}"]
            at = 0
    return [*code, f"pop {{{saved}}}", "bx lr"]


MEASURED = {
    "aes_128": (254.9, expansion("r4-r11", 4, "r3", 10, 7)),
    "aes_192": (240.2, expansion("r4-r11", 6, "r0", 8, 4)),
    "aes_256": (319.9, expansion("r4-r11, r14", 8, "r0", 7, 3)),
}
ROUND = ["ldmia r14!, {r8-r11}"] + [
    line
    for turn in ("", ", ror #8", ", ror #16", ", ror #24")
    for line in (
        *(f"uxtb{'' if turn else '.n'} r{i}, r{4 + i}{turn}" for i in range(4)),
        *(f"ldr r{i}, [r12, r{i}, lsl #2]" for i in range(4)),
        *(f"eor r{8 + i}, r{8 + i}, r{i}, ror #16" for i in range(4)),
    )
]
ROUND_MEASURED = (774.6 - 537.9) / 4
"""AES-256 has four rounds more than AES-128, in counter mode a block."""


def as_c(lines: list[str]) -> str:
    return " ".join(f'"{line}\\n"' for line in lines)


@pytest.fixture(scope="module")
def code():
    texts = {name: lines for name, (_, lines) in MEASURED.items()} | {"aes_round": ROUND}
    source = "".join(
        f"__attribute__((naked, aligned(4))) void {name}(void);\n"
        f"void {name}(void) {{ __asm__({as_c([*lines, '.align 2', '1:'])}); }}\n"
        for name, lines in texts.items()
    )
    elf, decoder = read_elf(build_kernels([], load_target("stm32f407"), {"aes.c": source})), Decoder()

    def decode(name):
        place = elf.symbols[name]
        assert place.address % 4 == 0
        return decoder.decode(elf.text[place.address - elf.text_address :][: place.bytes], place.address)[
            : len(texts[name])
        ]

    return decode


@pytest.mark.parametrize("name", MEASURED)
def test_a_key_expansion_takes_what_was_measured(code, name):
    measured, _ = MEASURED[name]
    assert cycles(code(name), CORTEX_M4) + CORTEX_M4.taken + CALL == pytest.approx(measured, rel=NEAR)


def test_a_round_takes_what_was_measured(code):
    assert cycles(code("aes_round"), CORTEX_M4) == pytest.approx(ROUND_MEASURED, rel=NEAR)
