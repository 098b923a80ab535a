"""A ring of memory that pieces of data pass through, over and over in the same order.

Steps are numbered from 0 in each round; those of the round before are negative.
"""

from collections.abc import Sequence

UNDER_WAY = 8
"""Transfers that a plan has under way at once, at most."""
TICKETS = 2 * UNDER_WAY
"""Tickets among which those under way differ, also where a round ends and the next one begins."""


def offsets(sizes: Sequence[int], room: int) -> list[int] | None:
    """Where each piece goes: behind the one before it, or at the start where the end is too near.

    None where a piece is larger than the room.
    """
    found, end = [], 0
    for size in sizes:
        if size > room:
            return None
        begin = end if end + size <= room else 0
        found.append(begin)
        end = begin + size
    return found


def free_after(
    begins: Sequence[int], sizes: Sequence[int], used: Sequence[int], round_steps: int
) -> list[int]:
    """The step after which the place of each piece is free: the last one before that used any byte of it.

    ``used`` are the steps that the pieces are for, in ascending order.
    """
    count = len(begins)

    def overlaps(piece: int, other: int) -> bool:
        return begins[other] < begins[piece] + sizes[piece] and begins[piece] < begins[other] + sizes[other]

    def last_before(piece: int) -> int:
        """Counted down from the piece; a negative one is of the round before, the piece itself the last."""
        return next(other for other in range(piece - 1, -count - 1, -1) if overlaps(piece, other % count))

    return [_used(used, last_before(piece), round_steps) for piece in range(count)]


def in_turn(earliest: Sequence[int], used: Sequence[int], round_steps: int) -> list[int]:
    """The steps after which transfers start: none before the one before it, nor with too many under way."""
    count, starts = len(earliest), list(earliest)
    for _ in range(2):
        for piece in range(count):
            before = starts[piece - 1] - (0 if piece else round_steps)
            starts[piece] = max(starts[piece], before, _used(used, piece - UNDER_WAY, round_steps))
    return starts


def _used(used: Sequence[int], piece: int, round_steps: int) -> int:
    rounds, piece = divmod(piece, len(used))
    return used[piece] + rounds * round_steps


def tickets(count: int) -> list[int]:
    """A ticket for each transfer, which differs from those of the ones that may be under way with it."""
    found: list[int] = []
    for piece in range(count):
        before = found[max(0, piece - UNDER_WAY + 1) :]
        beyond = found[: max(0, piece + UNDER_WAY - count)]
        found.append(next(ticket for ticket in range(TICKETS) if ticket not in (*before, *beyond)))
    return found
