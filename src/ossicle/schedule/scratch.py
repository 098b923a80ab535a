"""Where buffers lie in the scratch area: those that are in use at the same time lie apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

ALIGNMENT = 4
C_SIZES = {"float": 4, "int32_t": 4, "uint32_t": 4, "osc_half_t": 2, "int16_t": 2, "int8_t": 1}
TRIALS = 400
"""How many other orders are tried where none of :data:`ORDERS` is certainly the best."""


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

    def meets(self, other: "Buffer") -> bool:
        """Whether both are in use at some time."""
        return self.first <= other.last and other.first <= self.last


Order = Callable[[Buffer, int], tuple[int, int, int, str]]
ORDERS: tuple[Order, ...] = (
    lambda buffer, busiest: (-buffer.bytes, buffer.first, 0, buffer.name),
    lambda buffer, busiest: (buffer.first - buffer.last, -buffer.bytes, 0, buffer.name),
    lambda buffer, busiest: (buffer.first, -buffer.bytes, 0, buffer.name),
    lambda buffer, busiest: (
        max(buffer.first - busiest, busiest - buffer.last, 0),
        -buffer.bytes,
        buffer.first,
        buffer.name,
    ),
)
"""Turns in which buffers are placed, by the busiest time.

The largest, the longest in use, or the earliest first; or those of the busiest time, then those of ever
earlier and later times.
"""


def place(buffers: Sequence[Buffer]) -> list[Buffer]:
    """The buffers at offsets of a scratch area that is as small as a search finds; always the same one.

    They are placed one after the other, each as low as it can lie then. So their order counts, and one of all
    orders takes the least bytes possible. The best of :data:`ORDERS` is changed at random as long as it takes
    more bytes than are in use at the busiest time: one of the highest buffers, or one of those that hold it
    up, gets an earlier turn.
    """
    time, least = busiest(buffers)
    area, random = _Area.of(buffers), Random(0)
    orders = [_sorted(buffers, order, time) for order in ORDERS]
    order = min(orders, key=lambda order: area.height(area.offsets(order)))
    offsets = area.offsets(order)
    for _ in range(TRIALS):
        if area.height(offsets) <= least:
            break
        moved = area.chosen(offsets, random)
        at = order.index(moved)
        earlier = [*order[:at], *order[at + 1 :]]
        earlier.insert(_below(random, at + 1), moved)
        found = area.offsets(earlier)
        if area.height(found) <= area.height(offsets):
            order, offsets = earlier, found
    return [replace(buffer, offset=offset) for buffer, offset in zip(buffers, offsets, strict=True)]


def _sorted(buffers: Sequence[Buffer], order: Order, time: int) -> list[int]:
    return sorted(range(len(buffers)), key=lambda i: order(buffers[i], time))


def apart(buffers: Sequence[Buffer]) -> list[Buffer]:
    """The buffers one behind the other, so that each keeps its values until the next frame."""
    placed, end = [], 0
    for buffer in buffers:
        placed.append(replace(buffer, offset=end))
        end += aligned(buffer.bytes)
    return placed


def height(placed: Sequence[Buffer]) -> int:
    """Bytes up to the end of the last buffer."""
    return max((buffer.offset + aligned(buffer.bytes) for buffer in placed), default=0)


def busiest(buffers: Sequence[Buffer]) -> tuple[int, int]:
    """The time when most bytes are in use, and how many: no scratch area can be smaller."""
    used = {
        time: sum(aligned(buffer.bytes) for buffer in buffers if buffer.first <= time <= buffer.last)
        for time in sorted({buffer.first for buffer in buffers})
    }
    time = max(used, key=lambda time: used[time], default=0)
    return time, used.get(time, 0)


def aligned(size: int) -> int:
    """Bytes up to the next place where a buffer may begin."""
    return -(-size // ALIGNMENT) * ALIGNMENT


@dataclass(frozen=True)
class _Area:
    """The bytes of some buffers, and for each one those that it meets."""

    sizes: list[int]
    met: list[list[int]]

    @classmethod
    def of(cls, buffers: Sequence[Buffer]) -> "_Area":
        met = [[i for i, other in enumerate(buffers) if other.meets(one)] for one in buffers]
        return cls([aligned(buffer.bytes) for buffer in buffers], met)

    def offsets(self, order: Sequence[int]) -> list[int]:
        """The lowest offset of each buffer where it meets none of those before it in an order."""
        offsets = [-1] * len(self.sizes)
        for one in order:
            lowest = 0
            for offset, size in sorted((offsets[i], self.sizes[i]) for i in self.met[one] if offsets[i] >= 0):
                if offset >= lowest + self.sizes[one]:
                    break
                lowest = max(lowest, offset + size)
            offsets[one] = lowest
        return offsets

    def height(self, offsets: Sequence[int]) -> int:
        """Bytes up to the end of the last buffer."""
        return max((offset + size for offset, size in zip(offsets, self.sizes, strict=True)), default=0)

    def chosen(self, offsets: Sequence[int], random: Random) -> int:
        """A buffer that has its share in the height: one on a way down from a highest one."""
        top, way = self.height(offsets), []
        below = [i for i, size in enumerate(self.sizes) if offsets[i] + size == top]
        while below:
            way.append(below[_below(random, len(below))])
            at = way[-1]
            below = [i for i in self.met[at] if offsets[i] + self.sizes[i] == offsets[at]]
        return way[_below(random, len(way))]


def _below(random: Random, end: int) -> int:
    """A number from 0 to ``end`` - 1. Every version of Python has the same ones."""
    return int(random.random() * end)
