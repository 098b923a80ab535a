"""The in-order pipeline model: how long a straight run of Thumb-2 instructions takes on a Cortex-M core.

docs/cortexm.md says where each number comes from, and what is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ossicle.cost.thumb2_decoder import Instruction, Kind
from ossicle.errors import OssicleError

K = Kind


@dataclass(frozen=True)
class Core:
    """An in-order pipeline.

    ``latency`` is the cycles from the issue of an instruction of a kind to that of one that uses its result,
    and ``cycles`` those for which the kind keeps anything else from issuing; where they are more than one.
    """

    name: str
    width: int
    latency: dict[Kind, int]
    cycles: dict[Kind, int]
    transfers_per_cycle: int
    """Words that a load or store of several moves in a cycle."""
    once_a_cycle: tuple[frozenset[Kind], ...]
    """Sets of kinds of which one instruction issues a cycle."""
    first_only: frozenset[Kind]
    """Kinds that issue in the first slot only."""
    alone: frozenset[Kind]
    early_address: int
    """Cycles by which an address has to be there before other operands."""
    early_shift: int
    """Likewise an operand that is shifted on the way."""
    late_store: int
    """Cycles by which the data of a store may come later."""
    accumulate: dict[Kind, int]
    """Cycles from a multiply-accumulate to one that adds to its result."""
    float_gap: int
    """Cycles after a float multiply-accumulate in which no float instruction issues."""
    taken: int
    """Cycles between a taken branch and the instruction that it leads to, the branch's own not counted."""
    mispredicted: int
    """Cycles lost where a conditional branch goes the rarer of its two ways."""
    several_more: int = 0
    """Cycles that a load or store of several words takes besides those of its words."""
    unchained: int = 0
    """Cycles that a load takes more unless a load or store of one word follows, and a store if a load does.

    A load of four bytes of code that do not begin at a word follows on nothing.
    """


LOADS = frozenset({K.LOAD, K.LOAD_NARROW, K.LOAD_MANY, K.FLOAT_LOAD})
STORES = frozenset({K.STORE, K.STORE_MANY, K.FLOAT_STORE})
OF_SEVERAL = frozenset({K.LOAD_MANY, K.STORE_MANY})
FLOATS = frozenset(
    {
        K.FLOAT,
        K.FLOAT_MAC,
        K.FLOAT_DIVIDE,
        K.FLOAT_ROOT,
        K.FLOAT_MOVE,
        K.FLOAT_STATUS,
        K.DOUBLE,
        K.DOUBLE_DIVIDE,
    }
)

CORTEX_M7 = Core(
    name="cortex-m7",
    width=2,
    latency={
        K.LOAD: 1,
        K.LOAD_NARROW: 2,
        K.LOAD_MANY: 2,
        K.MULTIPLY: 2,
        K.FLOAT_LOAD: 2,
        K.FLOAT: 3,
        K.FLOAT_MAC: 6,
        K.FLOAT_MOVE: 3,
        K.FLOAT_STATUS: 1,
        K.DOUBLE: 7,
    },
    cycles={K.DIVIDE: 7, K.FLOAT_DIVIDE: 16, K.FLOAT_ROOT: 14, K.DOUBLE: 5, K.DOUBLE_DIVIDE: 30},
    transfers_per_cycle=2,
    once_a_cycle=(
        LOADS,
        STORES | {K.MULTIPLY},
        frozenset({K.MULTIPLY}),
        frozenset({K.BITS, K.SHIFTED}),
        FLOATS,
        frozenset({K.BRANCH, K.IT}),
    ),
    first_only=frozenset({K.BITS}),
    alone=frozenset({K.LOAD_MANY, K.STORE_MANY, K.DIVIDE, K.BARRIER}),
    early_address=1,
    early_shift=1,
    late_store=1,
    accumulate={K.MULTIPLY: 1, K.FLOAT_MAC: 3},
    float_gap=0,
    taken=0,
    mispredicted=8,
)

CORTEX_M33 = Core(
    name="cortex-m33",
    width=1,
    latency={
        K.LOAD: 2,
        K.LOAD_NARROW: 2,
        K.LOAD_MANY: 2,
        K.MULTIPLY: 2,
        K.SHIFTED: 2,
        K.FLOAT_LOAD: 2,
        K.FLOAT: 2,
        K.FLOAT_MAC: 3,
        K.FLOAT_MOVE: 1,
        K.FLOAT_STATUS: 1,
    },
    cycles={K.DIVIDE: 11, K.FLOAT_DIVIDE: 14, K.FLOAT_ROOT: 14},
    transfers_per_cycle=1,
    once_a_cycle=(),
    first_only=frozenset(),
    alone=frozenset(),
    early_address=0,
    early_shift=0,
    late_store=1,
    accumulate={K.MULTIPLY: 1, K.FLOAT_MAC: 3},
    float_gap=2,
    taken=1,
    mispredicted=0,
)

CORTEX_M4 = Core(
    name="cortex-m4",
    width=1,
    latency={K.LOAD: 2, K.LOAD_NARROW: 2, K.LOAD_MANY: 1, K.FLOAT_LOAD: 2, K.FLOAT: 2, K.FLOAT_MAC: 2},
    cycles={K.DIVIDE: 7, K.FLOAT_MAC: 3, K.FLOAT_DIVIDE: 14, K.FLOAT_ROOT: 14},
    transfers_per_cycle=1,
    once_a_cycle=(),
    first_only=frozenset(),
    alone=frozenset(),
    early_address=1,
    early_shift=0,
    late_store=1,
    accumulate={},
    float_gap=0,
    taken=2,
    mispredicted=0,
    several_more=1,
    unchained=1,
)

CORES = {core.name: core for core in (CORTEX_M7, CORTEX_M33, CORTEX_M4)}


def core_named(name: str) -> Core:
    """The pipeline of a core; raises :class:`OssicleError` where nobody has modelled it."""
    if name not in CORES:
        raise OssicleError(f"{no_model(name)}; those there are: {', '.join(CORES)}")
    return CORES[name]


def no_model(name: str) -> str:
    """That a core has no pipeline here, as the begin of a sentence."""
    return f"there is no cycle model for {name}"


def cycles(instructions: Sequence[Instruction], core: Core) -> int:
    """Cycles from the first issue to the one after the last, on a pipeline that waits for nothing else."""
    pipeline = _Pipeline(core)
    pipeline.issue(instructions)
    return pipeline.end


def cycles_repeated(instructions: Sequence[Instruction], core: Core) -> int:
    """Cycles of a run that follows on itself, as the body of a loop does."""
    pipeline = _Pipeline(core)
    pipeline.issue(instructions)
    once = pipeline.end
    pipeline.next_group()
    pipeline.issue(instructions)
    return pipeline.end - once


class _Pipeline:
    """Issues instructions in order, each as early as its operands, its unit and its slot are free."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._now = 0
        self._group: list[Kind] = []
        self._ready: dict[int, int] = {}
        self._maker: dict[int, Kind] = {}
        self._float_free = 0
        self._last: Kind | None = None

    @property
    def end(self) -> int:
        return self._now + (1 if self._group else 0) + self._unchained(None)

    def next_group(self) -> None:
        """What follows a taken branch issues a cycle later at the earliest."""
        if self._group:
            self._now, self._group = self._now + 1, []

    def issue(self, instructions: Iterable[Instruction]) -> None:
        core = self._core
        for instruction in instructions:
            kind = instruction.kind
            start = max(self._now + self._unchained(instruction), self._operands_ready(instruction))
            if kind in FLOATS:
                start = max(start, self._float_free)
            if start > self._now or not self._has_slot(kind):
                self._now, self._group = max(start, self._now + (1 if self._group else 0)), []
            self._group.append(kind)
            busy = core.cycles.get(kind, 1)
            if instruction.words > 1:
                busy = -(-instruction.words // core.transfers_per_cycle) + core.several_more
            self._write(instruction, self._now + busy - 1)
            self._last = kind
            if kind is K.FLOAT_MAC:
                self._float_free = self._now + 1 + core.float_gap
            if busy > 1 or kind in core.alone or len(self._group) == core.width:
                self._now, self._group = self._now + busy, []

    def _unchained(self, follower: Instruction | None) -> int:
        """Cycles that the last load or store takes more because of what follows on it."""
        kind = follower.kind if follower else None
        if self._last in LOADS - OF_SEVERAL:
            chained = kind in (LOADS | STORES) - OF_SEVERAL
            split = follower is not None and kind in LOADS and follower.off_a_word
            return 0 if chained and not split else self._core.unchained
        return self._core.unchained if self._last in STORES and kind in LOADS else 0

    def _has_slot(self, kind: Kind) -> bool:
        core = self._core
        if not self._group:
            return True
        if kind in core.first_only or kind in core.alone:
            return False
        return not any(kind in units and any(k in units for k in self._group) for units in core.once_a_cycle)

    def _operands_ready(self, instruction: Instruction) -> int:
        core, needed = self._core, 0
        for register in instruction.reads & self._ready.keys():
            ready, maker = self._ready[register], self._maker[register]
            if register in instruction.early and maker is not K.ADDRESS:
                ready += core.early_shift if instruction.kind is K.SHIFTED else core.early_address
            elif register in instruction.stored:
                ready -= core.late_store
            elif register in instruction.accumulators and maker in core.accumulate:
                ready += core.accumulate[maker] - core.latency[maker]
            elif instruction.kind is K.MULTIPLY and maker is K.LOAD and core.width > 1:
                ready += 1
            needed = max(needed, ready)
        return needed

    def _write(self, instruction: Instruction, issued: int) -> None:
        latency = self._core.latency.get(instruction.kind, 1)
        for register in instruction.writes:
            updated = register in instruction.updated
            self._ready[register] = issued + (1 if updated else latency)
            self._maker[register] = K.ADDRESS if updated else instruction.kind
