"""Where the marks of a report's charts lie, in the units of their SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from ossicle.report.gantt import MARKS, Lane
from ossicle.report.model_report import Choice

WIDTH, HEIGHT = 420.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 30.0, 16.0, 40.0
LARGEST_DOT = 14.0
EXACT_DB = 120.0
"""Where an output without any error is drawn."""
COLOURS = ("#3b7dd8", "#e08a1e", "#2f9e6e", "#c2487f", "#8a63d2", "#18a0b5", "#b5651d", "#6b8e23")
"""Legible on white and on near black."""
GANTT_WIDTH = 1000.0
LANE = 22.0
NARROWEST = 0.4


@dataclass(frozen=True)
class Dot:
    """A scheme."""

    x: float
    y: float
    radius: float
    label: str
    title: str
    on_front: bool
    recommended: bool


@dataclass(frozen=True)
class Scatter:
    """Quality over cost, one dot a scheme, its area the bytes."""

    x_label: str
    dots: tuple[Dot, ...]
    front: str
    """Points of the line through the Pareto front, of what the two axes show."""
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]


def scatter(choices: Sequence[Choice], front: Sequence[Choice], recommended: Choice | None) -> Scatter | None:
    """The chart of one target; None where no scheme fits it."""
    able = [choice for choice in choices if choice.cost]
    if not able:
        return None
    timed = all(choice.cost and choice.cost.ms is not None for choice in able)
    values = [_cost(choice, timed) for choice in able]
    shown = [min(choice.quality.sqnr_db, EXACT_DB) for choice in able]
    right, top, bottom = 1.12 * max(values), max(shown), min(shown)
    low, high = bottom - 0.12 * max(top - bottom, 5), top + 0.12 * max(top - bottom, 5)
    most = max(choice.cost.bytes for choice in able if choice.cost)

    def x(value: float) -> float:
        return LEFT + value / right * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    dots = tuple(
        Dot(
            x(value),
            y(db),
            LARGEST_DOT * (choice.cost.bytes / most) ** 0.5 if choice.cost else 0.0,
            choice.scheme,
            f"{choice.scheme}: {db:.1f} dB, {value:.3g} {'ms' if timed else 'kB'}",
            choice in front,
            choice == recommended,
        )
        for choice, value, db in zip(able, values, shown, strict=True)
    )
    rising: list[Dot] = []
    for dot in sorted(dots, key=lambda dot: (dot.x, dot.y)):
        if not rising or dot.y < rising[-1].y:
            rising.append(dot)
    return Scatter(
        "milliseconds a frame" if timed else "kB of weights and state",
        dots,
        " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in rising),
        tuple((x(right * part / 4), f"{right * part / 4:.2g}") for part in range(5)),
        tuple(
            (y(low + (high - low) * part / 4), f"{low + (high - low) * part / 4:.0f}") for part in range(5)
        ),
    )


def _cost(choice: Choice, timed: bool) -> float:
    assert choice.cost
    return (choice.cost.ms or 0.0) if timed else choice.cost.bytes / 1000


@dataclass(frozen=True)
class Stroke:
    """A bar of a lane."""

    x: float
    width: float
    colour: str
    """Empty for what is waited for."""
    title: str


@dataclass(frozen=True)
class Gantt:
    """One frame: a lane for each core and engine."""

    lanes: tuple[tuple[str, float, tuple[Stroke, ...]], ...]
    """Their names, tops and bars."""
    height: float
    legend: tuple[tuple[str, str], ...]
    """Layers and their colours."""
    end: str
    """Time at the right end."""


def gantt(lanes: Sequence[Lane], hertz: float) -> Gantt:
    """The chart of lanes whose bars are in cycles."""
    cycles = max(bar.end for lane in lanes for bar in lane.bars)
    layers = dict.fromkeys(bar.what for lane in lanes for bar in lane.bars if bar.what not in MARKS)
    colours = dict(zip(layers, cycle(COLOURS), strict=False))
    scale = GANTT_WIDTH / cycles
    rows = tuple(
        (
            lane.name,
            row * LANE,
            tuple(
                Stroke(
                    bar.begin * scale,
                    max((bar.end - bar.begin) * scale, NARROWEST),
                    colours.get(bar.what, ""),
                    f"{bar.what}: {bar.end - bar.begin:,} cycles from {bar.begin:,}",
                )
                for bar in lane.bars
            ),
        )
        for row, lane in enumerate(lanes)
    )
    end = f"{1e3 * cycles / hertz:.2f} ms, {cycles:,} cycles" if hertz else f"{cycles:,} cycles"
    return Gantt(rows, len(lanes) * LANE, tuple(colours.items()), end)
