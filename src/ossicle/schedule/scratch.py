"""Where buffers lie in the scratch area: those that are in use at the same time lie apart."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

ALIGNMENT = 4
C_SIZES = {"float": 4, "int32_t": 4, "uint32_t": 4, "osc_half_t": 2, "int16_t": 2, "int8_t": 1}


@dataclass(frozen=True)
class Buffer:
    """A C array at a byte offset; its live range is from time ``first`` to time ``last`` of a frame."""

    name: str
    c_type: str
    count: int
    first: int
    last: int
    offset: int = 0

    @property
    def bytes(self) -> int:
        """Size in bytes."""
        return self.count * C_SIZES[self.c_type]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.offset + self.bytes

    def meets(self, other: "Buffer") -> bool:
        """Whether both are in use at some time."""
        return self.first <= other.last and other.first <= self.last


Order = Callable[[Buffer], tuple[int, int, str]]
ORDERS: tuple[Order, ...] = (
    lambda buffer: (-buffer.bytes, buffer.first, buffer.name),
    lambda buffer: (buffer.first - buffer.last, -buffer.bytes, buffer.name),
    lambda buffer: (buffer.first, -buffer.bytes, buffer.name),
)
"""Turns in which buffers are placed: the largest, the longest in use, or the earliest first."""
ROUNDS = 64
"""How often the search for a better order looks at all changes of the best one."""


def place(buffers: Sequence[Buffer]) -> list[Buffer]:
    """The buffers at offsets of a scratch area that is as small as a search finds.

    Buffers are placed one after the other, each as low as it can lie then; so what counts is their order. Of
    some orders the best is taken, and changed as long as that helps: a buffer that ends highest gets its
    turn before one that it has to lie above.
    """
    best = min((_in_turn(sorted(buffers, key=order)) for order in ORDERS), key=height)
    least = busiest(buffers)
    for _ in range(ROUNDS):
        if height(best) == least:
            break
        changed = min((_in_turn(order) for order in _changes(best)), key=_rank, default=best)
        if _rank(changed) >= _rank(best):
            break
        best = changed
    return best


def apart(buffers: Sequence[Buffer]) -> list[Buffer]:
    """The buffers one behind the other, so that each keeps its values until the next frame."""
    placed, end = [], 0
    for buffer in buffers:
        placed.append(replace(buffer, offset=end))
        end = aligned(placed[-1].end)
    return placed


def height(placed: Sequence[Buffer]) -> int:
    """Bytes up to the end of the last buffer."""
    return aligned(max((buffer.end for buffer in placed), default=0))


def busiest(buffers: Sequence[Buffer]) -> int:
    """The most bytes that are in use at once: no scratch area can be smaller."""
    starts = {buffer.first for buffer in buffers}
    return max(
        (sum(aligned(b.bytes) for b in buffers if b.first <= time <= b.last) for time in starts), default=0
    )


def aligned(size: int) -> int:
    """Bytes up to the next place where a buffer may begin."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _in_turn(order: Sequence[Buffer]) -> list[Buffer]:
    """Each buffer at the lowest offset where it meets none of those before it."""
    placed: list[Buffer] = []
    for buffer in order:
        offset = 0
        for other in sorted((o for o in placed if o.meets(buffer)), key=lambda o: o.offset):
            if other.offset < offset + buffer.bytes and offset < other.end:
                offset = aligned(other.end)
        placed.append(replace(buffer, offset=offset))
    return placed


def _changes(placed: Sequence[Buffer]) -> Iterator[list[Buffer]]:
    """The orders in which a highest buffer has its turn before one that it meets."""
    for at, top in enumerate(placed):
        if top.end == max(buffer.end for buffer in placed):
            for earlier, other in enumerate(placed[:at]):
                if other.meets(top):
                    yield [*placed[:earlier], top, *placed[earlier:at], *placed[at + 1 :]]


def _rank(placed: Sequence[Buffer]) -> tuple[int, int]:
    """What is to become less: the height, and how many buffers reach it."""
    top = height(placed)
    return top, sum(aligned(buffer.end) == top for buffer in placed)
