"""Pictures of one frame on a cluster: what the cluster controller, each worker and the engines do when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from string import ascii_letters

from ossicle.cost.discrete_event_model import SimulatedTimeline
from ossicle.cost.transfers import Span
from ossicle.report.figure import new_figure, save
from ossicle.schedule.cluster import ClusterPlan, Phase

WAITING_FOR_L2 = "waiting for L2"
WAITING_FOR_L3 = "waiting for L3"
WIDTH = 100
Colour = str | tuple[float, float, float, float]
MARKS = {WAITING_FOR_L2: "-", WAITING_FOR_L3: "="}


@dataclass(frozen=True)
class Bar:
    """A layer whose task or weights a lane has from ``begin`` to ``end``, in cycles, or what it waits for."""

    begin: int
    end: int
    what: str


@dataclass(frozen=True)
class Lane:
    """One core or engine over a frame; it does nothing between its bars."""

    name: str
    bars: tuple[Bar, ...]


def lanes(timeline: SimulatedTimeline, plan: ClusterPlan) -> list[Lane]:
    """The controller, which is busy while its workers are, then these, the DMA engine and the way from L3."""
    layers = [_name(plan.phases[phase.index]) for phase in timeline.phases]
    controller = [
        Bar(phase.begin, phase.end, layer) for phase, layer in zip(timeline.phases, layers, strict=True)
    ]
    controller += [Bar(wait.begin, wait.end, WAITING_FOR_L2) for wait in timeline.dma_waits]
    controller += [Bar(wait.begin, wait.end, WAITING_FOR_L3) for wait in timeline.l3_waits]
    found = [Lane("controller", tuple(sorted(controller, key=lambda bar: bar.begin)))]
    for worker in range(plan.workers):
        phases = zip(timeline.phases, layers, strict=True)
        bars = (Bar(phase.begin, phase.ends[worker], layer) for phase, layer in phases)
        found.append(Lane(f"worker {worker}", tuple(bar for bar in bars if bar.end > bar.begin)))
    owner = {phase.tile: _name(phase) for phase in plan.phases if phase.tile is not None}
    found.append(_engine("DMA", timeline.dma_copies, lambda index: owner[plan.dma_transfers[index].tile]))
    if plan.l3_transfers:
        found.append(_engine(plan.l3, timeline.l3_copies, lambda index: owner[plan.l3_transfers[index].tile]))
    return found


def _engine(name: str, spans: Sequence[Span], layer: Callable[[int], str]) -> Lane:
    return Lane(name, tuple(Bar(span.begin, span.end, layer(span.index)) for span in spans))


def draw_gantt(path: Path, timeline: SimulatedTimeline, plan: ClusterPlan, title: str) -> None:
    """Draw a frame: a lane for each core and engine, a colour for each layer, waiting hatched."""
    figure, (panel,) = new_figure(path, 1)
    from matplotlib import colormaps

    drawn = lanes(timeline, plan)
    tab20 = colormaps["tab20"]
    colours: dict[str, Colour] = dict(zip(_layers(plan), cycle(map(tab20, range(tab20.N))), strict=False))
    colours |= {WAITING_FOR_L2: "white", WAITING_FOR_L3: "lightgrey"}
    seen: set[str] = set()
    for row, lane in enumerate(drawn):
        for what in dict.fromkeys(bar.what for bar in lane.bars):
            panel.broken_barh(
                [(bar.begin, bar.end - bar.begin) for bar in lane.bars if bar.what == what],
                (row - 0.4, 0.8),
                facecolor=colours[what],
                hatch="////" if what in MARKS else None,
                edgecolor="red" if what in MARKS else "black",
                linewidth=0.3,
                label=None if what in seen else what,
            )
            seen.add(what)
    panel.set_yticks(range(len(drawn)), [lane.name for lane in drawn])
    panel.invert_yaxis()
    panel.set_xlim(0, timeline.cycles)
    panel.set_xlabel("cycles")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    figure.suptitle(title)
    save(figure, path)


def text_gantt(timeline: SimulatedTimeline, plan: ClusterPlan, width: int = WIDTH) -> str:
    """A frame in letters, a line a lane: what takes most of each slice of time, ``.`` for nothing.

    Behind the lanes come a legend, and how much the workers compute and wait in all.
    """
    marks = dict(zip(_layers(plan), cycle(ascii_letters), strict=False)) | MARKS
    drawn = lanes(timeline, plan)
    margin = max(len(lane.name) for lane in drawn) + 1
    columns = width - margin
    lines = [
        lane.name.ljust(margin)
        + "".join(_mark(lane, timeline.cycles, column, columns, marks) for column in range(columns))
        for lane in drawn
    ]
    computing, waiting = (
        timeline.working / (plan.workers * timeline.cycles),
        timeline.waiting / timeline.cycles,
    )
    summary = f"{timeline.cycles:,} cycles: workers compute {computing:.1%}, wait for copies {waiting:.1%}"
    return "\n".join([*lines, "", *_legend(drawn, marks, width), summary])


def _layers(plan: ClusterPlan) -> list[str]:
    return list(dict.fromkeys(_name(phase) for phase in plan.phases))


def _name(phase: Phase) -> str:
    return phase.layer.removeprefix("layer_")


def _mark(lane: Lane, cycles: int, column: int, columns: int, marks: dict[str, str]) -> str:
    begin, end = column * cycles / columns, (column + 1) * cycles / columns
    parts: dict[str, float] = {}
    for bar in lane.bars:
        part = min(bar.end, end) - max(bar.begin, begin)
        if part > 0:
            mark = marks[bar.what]
            parts[mark] = parts.get(mark, 0.0) + part
    parts["."] = end - begin - sum(parts.values())
    return max(parts, key=lambda mark: parts[mark])


def _legend(drawn: Sequence[Lane], marks: dict[str, str], width: int) -> list[str]:
    shown = {bar.what for lane in drawn for bar in lane.bars}
    entries = [f"{mark} {what}" for what, mark in marks.items() if what in shown]
    column = max(map(len, entries)) + 2
    of_a_line = max(width // column, 1)
    starts = range(0, len(entries), of_a_line)
    return ["".join(e.ljust(column) for e in entries[at : at + of_a_line]).rstrip() for at in starts]
