"""Pictures of one hop on a cluster: what the controller, each worker and the engines do when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from string import ascii_letters

from ossicle.cost.discrete_event_model import Span, Timeline
from ossicle.report.figure import new_figure, save
from ossicle.schedule.cluster import ClusterPlan, Step

WAITING = "waiting for L2"
WAITING_FAR = "waiting for the memory behind L2"
WIDTH = 100
Colour = str | tuple[float, float, float, float]
MARKS = {WAITING: "-", WAITING_FAR: "="}


@dataclass(frozen=True)
class Bar:
    """A layer whose task or weights a lane has from ``begin`` to ``end``, in cycles, or what it waits for."""

    begin: int
    end: int
    what: str


@dataclass(frozen=True)
class Lane:
    """One core or engine over a hop; it does nothing between its bars."""

    name: str
    bars: tuple[Bar, ...]


def lanes(hop: Timeline, plan: ClusterPlan) -> list[Lane]:
    """The controller, which is busy while its workers are, then these, the DMA engine and the far channel."""
    layers = [_name(plan.steps[step.index]) for step in hop.steps]
    controller = [Bar(step.begin, step.end, layer) for step, layer in zip(hop.steps, layers, strict=True)]
    controller += [Bar(wait.begin, wait.end, WAITING) for wait in hop.waits]
    controller += [Bar(wait.begin, wait.end, WAITING_FAR) for wait in hop.far_waits]
    found = [Lane("controller", tuple(sorted(controller, key=lambda bar: bar.begin)))]
    for worker in range(plan.workers):
        work = zip(hop.steps, layers, strict=True)
        bars = (Bar(step.begin, step.ends[worker], layer) for step, layer in work)
        found.append(Lane(f"worker {worker}", tuple(bar for bar in bars if bar.end > bar.begin)))
    owner = {step.tile: _name(step) for step in plan.steps if step.tile is not None}
    found.append(_engine("DMA", hop.copies, lambda index: owner[plan.transfers[index].tile]))
    if plan.fetches:
        found.append(_engine(plan.far_store, hop.fetches, lambda index: owner[plan.fetches[index].tile]))
    return found


def _engine(name: str, spans: Sequence[Span], layer: Callable[[int], str]) -> Lane:
    return Lane(name, tuple(Bar(span.begin, span.end, layer(span.index)) for span in spans))


def draw_gantt(path: Path, hop: Timeline, plan: ClusterPlan, title: str) -> None:
    """Draw a hop: a lane for each core and engine, a colour for each layer, waiting hatched."""
    figure, (panel,) = new_figure(path, 1)
    from matplotlib import colormaps

    drawn = lanes(hop, plan)
    tab20 = colormaps["tab20"]
    colours: dict[str, Colour] = dict(zip(_layers(plan), cycle(map(tab20, range(tab20.N))), strict=False))
    colours |= {WAITING: "white", WAITING_FAR: "lightgrey"}
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
    panel.set_xlim(0, hop.cycles)
    panel.set_xlabel("cycles")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    figure.suptitle(title)
    save(figure, path)


def text_gantt(hop: Timeline, plan: ClusterPlan, width: int = WIDTH) -> str:
    """A hop in letters, a line a lane: what takes most of each slice of time, ``.`` for nothing.

    Behind the lanes come a legend, and how much the workers compute and wait in all.
    """
    marks = dict(zip(_layers(plan), cycle(ascii_letters), strict=False)) | MARKS
    drawn = lanes(hop, plan)
    margin = max(len(lane.name) for lane in drawn) + 1
    columns = width - margin
    lines = [
        lane.name.ljust(margin)
        + "".join(_mark(lane, hop.cycles, column, columns, marks) for column in range(columns))
        for lane in drawn
    ]
    computing, waiting = hop.working / (plan.workers * hop.cycles), hop.waiting / hop.cycles
    summary = f"{hop.cycles:,} cycles: workers compute {computing:.1%}, wait for copies {waiting:.1%}"
    return "\n".join([*lines, "", *_legend(drawn, marks, width), summary])


def _layers(plan: ClusterPlan) -> list[str]:
    return list(dict.fromkeys(_name(step) for step in plan.steps))


def _name(step: Step) -> str:
    return step.layer.removeprefix("layer_")


def _mark(lane: Lane, cycles: int, column: int, columns: int, marks: dict[str, str]) -> str:
    begin, end = column * cycles / columns, (column + 1) * cycles / columns
    shares: dict[str, float] = {}
    for bar in lane.bars:
        share = min(bar.end, end) - max(bar.begin, begin)
        if share > 0:
            mark = marks[bar.what]
            shares[mark] = shares.get(mark, 0.0) + share
    shares["."] = end - begin - sum(shares.values())
    return max(shares, key=lambda mark: shares[mark])


def _legend(drawn: Sequence[Lane], marks: dict[str, str], width: int) -> list[str]:
    shown = {bar.what for lane in drawn for bar in lane.bars}
    entries = [f"{mark} {what}" for what, mark in marks.items() if what in shown]
    column = max(map(len, entries)) + 2
    of_a_line = max(width // column, 1)
    starts = range(0, len(entries), of_a_line)
    return ["".join(e.ljust(column) for e in entries[at : at + of_a_line]).rstrip() for at in starts]
