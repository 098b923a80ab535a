"""When tiles set out for L1, and the list of what the controller does."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ossicle.schedule.cluster import Command, Fetch, Kind, Step, Transfer
from ossicle.schedule.homes import STAGED, Homes
from ossicle.schedule.ring import free_after, in_turn, tickets
from ossicle.schedule.tiles import Tile

AHEAD = 2
"""Steps before its own at which a tile from behind L2 leaves the staging area: then waiting is rare."""


def transfers_of(
    steps: Sequence[Step], tiles: Sequence[Tile], places: Mapping[int, int], homes: Homes
) -> tuple[tuple[Transfer, ...], tuple[Fetch, ...]]:
    """Transfers in the order of the steps that need them; ``places`` says where in L1 each tile goes."""
    moving = [step.tile for step in steps if step.tile is not None and step.transfer is not None]
    fetches = tuple(
        Fetch(
            tile, tiles[tile].bytes, homes.offsets[tile], number % STAGED * homes.slot_bytes, number % STAGED
        )
        for number, tile in enumerate(tile for tile in moving if tile in homes.far)
    )
    fetched = {fetch.tile: number for number, fetch in enumerate(fetches)}
    transfers = []
    for tile, ticket in zip(moving, tickets(len(moving)), strict=True):
        fetch = fetched.get(tile)
        source = homes.offsets[tile] if fetch is None else fetches[fetch].staging
        transfers.append(Transfer(tile, tiles[tile].bytes, source, places[tile], ticket, fetch))
    return tuple(transfers), fetches


def commands_of(
    steps: Sequence[Step], transfers: Sequence[Transfer], fetches: Sequence[Fetch]
) -> tuple[tuple[Command, ...], tuple[Command, ...]]:
    """What the controller does in each hop, and at a reset, so that the first hop is like the others."""
    after: dict[int, list[Command]] = defaultdict(list)
    used = [number for number, step in enumerate(steps) if step.transfer is not None]
    starts = _starts(used, transfers, len(steps))
    for fetch, start in enumerate(_fetch_starts(used, transfers, fetches, len(steps))):
        after[start].append(Command(Kind.FETCH, fetch))
    for number, (transfer, start) in enumerate(zip(transfers, starts, strict=True)):
        if transfer.fetch is not None:
            after[start].append(Command(Kind.ARRIVE, transfer.fetch))
        after[start].append(Command(Kind.START, number))
    commands: list[Command] = []
    for number, step in enumerate(steps):
        if step.transfer is not None:
            commands.append(Command(Kind.WAIT, step.transfer))
        # That a step begins says that the one before it has ended.
        commands.append(Command(Kind.FORK, number))
        if number:
            commands += after[number - 1] + after[number - 1 - len(steps)]
    commands += [Command(Kind.JOIN, 0), *after[len(steps) - 1], *after[-1]]
    preload = [command for start in range(-len(steps), 0) for command in after[start]]
    return tuple(commands), tuple(preload)


def with_pauses(steps: Sequence[Step], transfers: Sequence[Transfer]) -> tuple[Step, ...]:
    """Steps with one of nothing before each whose tile goes where that of the step before it is.

    The controller learns that a step has ended when the next one begins, and no sooner.
    """
    used = [number for number, step in enumerate(steps) if step.transfer is not None]
    starts = _starts(used, transfers, len(steps))
    crowded = {step for step, start in zip(used, starts, strict=True) if start == step - 1}
    pause = Step("pause", "", 0, 0)
    return tuple(
        found
        for number, step in enumerate(steps)
        for found in ((pause, step) if number in crowded else (step,))
    )


def _starts(used: Sequence[int], transfers: Sequence[Transfer], round_steps: int) -> list[int]:
    begins, sizes = [t.l1 for t in transfers], [t.bytes for t in transfers]
    free = free_after(begins, sizes, used, round_steps)
    late = [step - 1 - AHEAD for step in used]
    earliest = [
        max(start, at) if transfer.fetch is not None else start
        for start, at, transfer in zip(free, late, transfers, strict=True)
    ]
    return in_turn(earliest, used, round_steps)


def _fetch_starts(
    used: Sequence[int], transfers: Sequence[Transfer], fetches: Sequence[Fetch], round_steps: int
) -> list[int]:
    """The place of a fetch is free when the workers have what it held last, which was copied on before."""
    steps = [step for step, transfer in zip(used, transfers, strict=True) if transfer.fetch is not None]
    begins, sizes = [fetch.staging for fetch in fetches], [fetch.bytes for fetch in fetches]
    return in_turn(free_after(begins, sizes, steps, round_steps), steps, round_steps)
