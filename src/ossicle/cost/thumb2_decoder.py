"""Thumb-2 instructions as a cycle model sees them: what kind they are, and which registers they touch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from ossicle.errors import OssicleError

if TYPE_CHECKING:
    from capstone import CsInsn


class Kind(Enum):
    """Groups of instructions that take the same time."""

    ALU = auto()
    SHIFTED = auto()
    """Arithmetic whose second operand is shifted on the way."""
    BITS = auto()
    """Bit fields, extension, reversal, parallel arithmetic."""
    MULTIPLY = auto()
    DIVIDE = auto()
    LOAD = auto()
    LOAD_NARROW = auto()
    LOAD_MANY = auto()
    STORE = auto()
    STORE_MANY = auto()
    BRANCH = auto()
    IT = auto()
    BARRIER = auto()
    FLOAT = auto()
    FLOAT_MAC = auto()
    FLOAT_DIVIDE = auto()
    FLOAT_ROOT = auto()
    FLOAT_MOVE = auto()
    FLOAT_STATUS = auto()
    FLOAT_LOAD = auto()
    FLOAT_STORE = auto()
    DOUBLE = auto()
    DOUBLE_DIVIDE = auto()
    ADDRESS = auto()
    """No instruction: the base register that a load or store updates."""


@dataclass(frozen=True)
class Instruction:
    """Registers are numbers; a double one counts as its two halves."""

    text: str
    kind: Kind
    reads: frozenset[int]
    writes: frozenset[int]
    early: frozenset[int] = field(default=frozenset())
    """Read as part of an address, or to be shifted."""
    stored: frozenset[int] = field(default=frozenset())
    accumulators: frozenset[int] = field(default=frozenset())
    updated: frozenset[int] = field(default=frozenset())
    """Base registers that are written back."""
    words: int = 1
    """Words that a load or store moves."""
    target: int | None = None
    """Where a branch leads, if the instruction says it."""
    conditional: bool = False
    off_a_word: bool = False
    """Whether its four bytes do not begin at a word."""


NARROW = ("ldrb", "ldrh", "ldrsb", "ldrsh")
BITS = (
    "sxt",
    "uxt",
    "ubfx",
    "sbfx",
    "bfi",
    "bfc",
    "rev",
    "rbit",
    "clz",
    "pkh",
    "ssat",
    "usat",
    "sel",
    "q",
    "usad",
)
PARALLEL = ("add16", "sub16", "add8", "sub8", "asx", "sax")
MULTIPLY = (
    "mul",
    "mla",
    "mls",
    "smul",
    "smla",
    "smls",
    "smull",
    "umull",
    "umlal",
    "umaal",
    "smm",
    "smuad",
    "smusd",
)
FLOAT_MAC = ("vmla", "vmls", "vfma", "vfms", "vnmla", "vnmls", "vfnma", "vfnms")
BARRIERS = ("dsb", "dmb", "isb", "bkpt", "svc", "mrs", "msr", "cpsid", "cpsie", "udf")


class Decoder:
    """Decodes runs of instructions."""

    def __init__(self) -> None:
        import capstone
        from capstone import arm_const

        self._arm = arm_const
        self._capstone = capstone.Cs(
            capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
        )
        self._capstone.detail = True

    def decode(self, code: bytes, address: int) -> list[Instruction]:
        """The instructions of ``code``, all of it."""
        found = list(self._capstone.disasm(code, address))
        if sum(item.size for item in found) != len(code):
            end = address + sum(item.size for item in found)
            raise OssicleError(
                f"the instruction at 0x{end:08x} is unknown to the decoder; build for a Cortex-M4, M7 or M33"
            )
        return [self._instruction(item) for item in found]

    def _instruction(self, item: "CsInsn") -> Instruction:
        arm, name = self._arm, item.insn_name()
        reads, writes = item.regs_access()
        memory = [o.mem for o in item.operands if o.type == arm.ARM_OP_MEM]
        kind = self._kind(item, name)
        early = {r for m in memory for r in (m.base, m.index) if r}
        many = kind in (Kind.LOAD_MANY, Kind.STORE_MANY)
        listed = [o.reg for o in item.operands if o.type == arm.ARM_OP_REG]
        if many and not memory:
            # ldm and stm name their base first; push, pop, vpush and vpop have none but the stack pointer.
            base = arm.ARM_REG_SP if name.endswith(("push", "pop")) else listed.pop(0)
            early = {base}
        if kind is Kind.SHIFTED:
            early |= {o.reg for o in item.operands if o.type == arm.ARM_OP_REG and o.shift.type}
        bases = {m.base for m in memory} or early if item.writeback or many else set()
        stored = set(reads) - early if kind in (Kind.STORE, Kind.STORE_MANY, Kind.FLOAT_STORE) else set()
        words = sum(2 if self._double(r) else 1 for r in listed) if many else 1
        if name in ("vldr", "vstr") and listed and self._double(listed[0]):
            words = 2
        branch = kind is Kind.BRANCH and item.operands
        leads = next((o.imm for o in item.operands if o.type == arm.ARM_OP_IMM), None) if branch else None
        return Instruction(
            f"{item.mnemonic} {item.op_str}",
            kind,
            self._registers(reads),
            self._registers(writes),
            self._registers(early),
            self._registers(stored),
            self._registers(self._accumulators(item, name, kind)),
            self._registers(bases & set(writes)),
            words,
            leads,
            branch and (name in ("cbz", "cbnz") or item.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID)),
            item.size == 4 and item.address % 4 != 0,
        )

    def _kind(self, item: "CsInsn", name: str) -> Kind:
        if name.startswith("v"):
            return self._float_kind(item, name)
        if name in ("b", "bl", "blx", "bx", "cbz", "cbnz", "tbb", "tbh"):
            return Kind.BRANCH
        if name == "it":
            return Kind.IT
        if name in BARRIERS:
            return Kind.BARRIER
        if name.startswith(("ldm", "pop")) or name == "ldrd":
            return Kind.LOAD_MANY
        if name.startswith(("stm", "push")) or name == "strd":
            return Kind.STORE_MANY
        if name.startswith(NARROW):
            return Kind.LOAD_NARROW
        if name.startswith(("ldr", "pld")):
            return Kind.LOAD
        if name.startswith("str"):
            return Kind.STORE
        if name in ("sdiv", "udiv"):
            return Kind.DIVIDE
        if name.startswith(MULTIPLY):
            return Kind.MULTIPLY
        if name.startswith(BITS) or name.endswith(PARALLEL):
            return Kind.BITS
        shifted = any(o.type == self._arm.ARM_OP_REG and o.shift.type for o in item.operands)
        return Kind.SHIFTED if shifted and name not in ("lsl", "lsr", "asr", "ror", "mov") else Kind.ALU

    def _float_kind(self, item: "CsInsn", name: str) -> Kind:
        arm = self._arm
        if name.startswith(("vldm", "vpop")):
            return Kind.LOAD_MANY
        if name.startswith(("vstm", "vpush")):
            return Kind.STORE_MANY
        double = any(o.type == arm.ARM_OP_REG and self._double(o.reg) for o in item.operands)
        if name == "vldr":
            return Kind.LOAD_MANY if double else Kind.FLOAT_LOAD
        if name == "vstr":
            return Kind.STORE_MANY if double else Kind.FLOAT_STORE
        if name in ("vmrs", "vmsr"):
            return Kind.FLOAT_STATUS
        if name in ("vdiv", "vsqrt") and double:
            return Kind.DOUBLE_DIVIDE
        if double and name != "vmov":
            return Kind.DOUBLE
        if name == "vdiv":
            return Kind.FLOAT_DIVIDE
        if name == "vsqrt":
            return Kind.FLOAT_ROOT
        if name.startswith(FLOAT_MAC):
            return Kind.FLOAT_MAC
        return Kind.FLOAT_MOVE if name == "vmov" else Kind.FLOAT

    def _accumulators(self, item: "CsInsn", name: str, kind: Kind) -> set[int]:
        if kind is Kind.FLOAT_MAC:
            return {item.operands[0].reg}
        if kind is not Kind.MULTIPLY:
            return set()
        if name.startswith(("smlal", "umlal", "smlsl")):
            return {item.operands[0].reg, item.operands[1].reg}
        return (
            {item.operands[3].reg}
            if len(item.operands) == 4 and name.startswith(("mla", "smla", "smls"))
            else set()
        )

    def _double(self, register: int) -> bool:
        first: int = self._arm.ARM_REG_D0
        last: int = self._arm.ARM_REG_D31
        return first <= register <= last

    def _registers(self, registers: Iterable[int]) -> frozenset[int]:
        arm, found = self._arm, set()
        for register in registers:
            if arm.ARM_REG_D0 <= register <= arm.ARM_REG_D15:
                single = arm.ARM_REG_S0 + 2 * (register - arm.ARM_REG_D0)
                found |= {single, single + 1}
            elif register != arm.ARM_REG_PC:
                found.add(register)
        return frozenset(found)
