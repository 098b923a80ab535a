"""The transfers of a plan, and the transfer schedule, which says after which phase each is issued."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ossicle.schedule.cluster import Command, DmaTransfer, Kind, L3Transfer, Phase
from ossicle.schedule.placement import STAGING_SLOTS, Placement
from ossicle.schedule.tiles import Tile
from ossicle.schedule.weight_ring import free_after, in_turn, transfer_ids

AHEAD = 2
"""Phases before its own at which a tile from L3 leaves the staging buffer: then waiting is rare."""


def transfers_of(
    phases: Sequence[Phase], tiles: Sequence[Tile], places: Mapping[int, int], placement: Placement
) -> tuple[tuple[DmaTransfer, ...], tuple[L3Transfer, ...]]:
    """Transfers in the order of the phases that need them; ``places`` says where in L1 each tile goes."""
    moving = [phase.tile for phase in phases if phase.tile is not None and phase.dma_transfer is not None]
    from_l3 = tuple(
        L3Transfer(
            tile,
            tiles[tile].bytes,
            placement.offsets[tile],
            number % STAGING_SLOTS * placement.slot_bytes,
            number % STAGING_SLOTS,
        )
        for number, tile in enumerate(tile for tile in moving if tile in placement.in_l3)
    )
    staged = {transfer.tile: number for number, transfer in enumerate(from_l3)}
    from_l2 = []
    for tile, id_ in zip(moving, transfer_ids(len(moving)), strict=True):
        number = staged.get(tile)
        source = placement.offsets[tile] if number is None else from_l3[number].staging
        from_l2.append(DmaTransfer(tile, tiles[tile].bytes, source, places[tile], id_, number))
    return tuple(from_l2), from_l3


def schedule_of(
    phases: Sequence[Phase], from_l2: Sequence[DmaTransfer], from_l3: Sequence[L3Transfer]
) -> tuple[tuple[Command, ...], tuple[Command, ...]]:
    """The transfer schedule of each frame, and the prologue, so that the first frame is like the others."""
    after: dict[int, list[Command]] = defaultdict(list)
    used = [number for number, phase in enumerate(phases) if phase.dma_transfer is not None]
    issues = _dma_issues(used, from_l2, len(phases))
    for number, issue in enumerate(_l3_issues(used, from_l2, from_l3, len(phases))):
        after[issue].append(Command(Kind.L3_ISSUE, number))
    for number, (transfer, issue) in enumerate(zip(from_l2, issues, strict=True)):
        if transfer.l3_transfer is not None:
            after[issue].append(Command(Kind.L3_WAIT, transfer.l3_transfer))
        after[issue].append(Command(Kind.DMA_ISSUE, number))
    schedule: list[Command] = []
    for number, phase in enumerate(phases):
        if phase.dma_transfer is not None:
            schedule.append(Command(Kind.DMA_WAIT, phase.dma_transfer))
        # That a phase begins says that the one before it has ended.
        schedule.append(Command(Kind.PHASE_BEGIN, number))
        if number:
            schedule += after[number - 1] + after[number - 1 - len(phases)]
    schedule += [Command(Kind.LAST_PHASE_END, 0), *after[len(phases) - 1], *after[-1]]
    prologue = [command for issue in range(-len(phases), 0) for command in after[issue]]
    return tuple(schedule), tuple(prologue)


def with_empty_phases(phases: Sequence[Phase], from_l2: Sequence[DmaTransfer]) -> tuple[Phase, ...]:
    """Phases with an empty one before each whose tile goes where that of the phase before it is.

    The cluster controller learns that a phase has ended when the next one begins, and no sooner.
    """
    used = [number for number, phase in enumerate(phases) if phase.dma_transfer is not None]
    issues = _dma_issues(used, from_l2, len(phases))
    crowded = {phase for phase, issue in zip(used, issues, strict=True) if issue == phase - 1}
    empty = Phase("empty_phase", "", 0, 0)
    return tuple(
        found
        for number, phase in enumerate(phases)
        for found in ((empty, phase) if number in crowded else (phase,))
    )


def _dma_issues(used: Sequence[int], from_l2: Sequence[DmaTransfer], round_phases: int) -> list[int]:
    begins, sizes = [t.l1 for t in from_l2], [t.bytes for t in from_l2]
    free = free_after(begins, sizes, used, round_phases)
    late = [phase - 1 - AHEAD for phase in used]
    earliest = [
        max(issue, at) if transfer.l3_transfer is not None else issue
        for issue, at, transfer in zip(free, late, from_l2, strict=True)
    ]
    return in_turn(earliest, used, round_phases)


def _l3_issues(
    used: Sequence[int], from_l2: Sequence[DmaTransfer], from_l3: Sequence[L3Transfer], round_phases: int
) -> list[int]:
    """A slot is free when the workers have what it held last, which was copied on before."""
    phases = [
        phase for phase, transfer in zip(used, from_l2, strict=True) if transfer.l3_transfer is not None
    ]
    begins, sizes = [transfer.staging for transfer in from_l3], [transfer.bytes for transfer in from_l3]
    return in_turn(free_after(begins, sizes, phases, round_phases), phases, round_phases)
