"""The weight ring buffer: memory that tiles pass through, over and over in the same order.

Phases are numbered from 0 in each round; those of the round before are negative.
"""

from collections.abc import Sequence

UNDER_WAY = 8
"""Transfers that a plan has under way at once, at most."""
TRANSFER_IDS = 2 * UNDER_WAY
"""Ids among which those of transfers under way differ, also where a round ends and the next one begins."""


def offsets(sizes: Sequence[int], capacity: int) -> list[int] | None:
    """Where each tile goes: behind the one before it, or at the start where the end is too near.

    None where a tile is larger than the capacity.
    """
    found, end = [], 0
    for size in sizes:
        if size > capacity:
            return None
        begin = end if end + size <= capacity else 0
        found.append(begin)
        end = begin + size
    return found


def free_after(
    begins: Sequence[int], sizes: Sequence[int], used: Sequence[int], round_phases: int
) -> list[int]:
    """The phase after which the place of each tile is free: the last one before that used any byte of it.

    ``used`` are the phases that the tiles are for, in ascending order.
    """
    count = len(begins)

    def overlaps(tile: int, other: int) -> bool:
        return begins[other] < begins[tile] + sizes[tile] and begins[tile] < begins[other] + sizes[other]

    def last_before(tile: int) -> int:
        """Counted down from the tile; a negative one is of the round before, the tile itself the last."""
        return next(other for other in range(tile - 1, -count - 1, -1) if overlaps(tile, other % count))

    return [_used(used, last_before(tile), round_phases) for tile in range(count)]


def in_turn(earliest: Sequence[int], used: Sequence[int], round_phases: int) -> list[int]:
    """The phases after which transfers are issued: none before the one before it, nor too many at once."""
    count, issues = len(earliest), list(earliest)
    for _ in range(2):
        for tile in range(count):
            before = issues[tile - 1] - (0 if tile else round_phases)
            issues[tile] = max(issues[tile], before, _used(used, tile - UNDER_WAY, round_phases))
    return issues


def _used(used: Sequence[int], tile: int, round_phases: int) -> int:
    rounds, tile = divmod(tile, len(used))
    return used[tile] + rounds * round_phases


def transfer_ids(count: int) -> list[int]:
    """An id for each transfer, which differs from those of the ones that may be under way with it."""
    found: list[int] = []
    for tile in range(count):
        before = found[max(0, tile - UNDER_WAY + 1) :]
        beyond = found[: max(0, tile + UNDER_WAY - count)]
        found.append(next(id_ for id_ in range(TRANSFER_IDS) if id_ not in (*before, *beyond)))
    return found
