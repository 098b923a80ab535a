"""What a run on an emulated chip gives, and what is printed of it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ossicle.cost.in_order_pipeline import no_model
from ossicle.platforms.result import Emulation, Shown, Table
from ossicle.targets import Target
from ossicle.targets.chip import CycleEnergy

FORMS = {"instructions": ",.0f", "cycles": ",.0f", "ms": ".3f"}


@dataclass(frozen=True)
class LayerCost:
    """What one layer takes per frame, on average over a run."""

    layer: str
    instructions: float
    cycles: float | None
    """Estimated, those that weights from slow memory take included; None for a core without a cycle model."""
    weight_cycles: float | None
    ms: float | None


def uncounted(core: str) -> str:
    """What is not known of a core without a cycle model, in a sentence."""
    return f"{no_model(core)}: instructions are counted, and cycles and milliseconds are unknown"


@dataclass(frozen=True, kw_only=True)
class ChipEmulation(Emulation):
    """One run on an emulated chip; nodes are checked in the first frames, on unicorn."""

    clock_hz: int
    """Full speed, for which times are stated."""
    core_hz: int | None
    """What the program says that it has brought the clock to; None where the emulator does not tell."""
    frame_ms: float | None
    """Time of a frame; None where nobody knows."""
    layers: tuple[LayerCost, ...]
    """Empty where the emulator does not count."""
    assumptions: str
    """What the cycles of the layers rest on."""
    energy: CycleEnergy | None
    """What a cycle takes; None where nobody has measured it."""
    flash_bytes: int
    ram_bytes: int
    stack_bytes: int
    """Used of the stack; 0 where the emulator does not tell."""

    @property
    def total(self) -> dict[str, float | None] | None:
        """Instructions, cycles and milliseconds of a frame; None where the emulator does not count.

        Cycles and milliseconds are None for a core without a cycle model.
        """
        if not self.layers:
            return None
        keys = ("instructions", "cycles", "ms")
        of_layers = {key: [getattr(cost, key) for cost in self.layers] for key in keys}
        return {key: None if None in costs else sum(costs) for key, costs in of_layers.items()}

    @property
    def microjoules(self) -> tuple[float, float] | None:
        """Energy of a frame, the least and the most; None where cycles or what one takes are not known."""
        cycles = self.total["cycles"] if self.total else None
        return self.energy.microjoules(cycles) if cycles is not None and self.energy else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; without the output."""
        return super().as_dict() | {
            "clock_hz": self.clock_hz,
            "core_hz": self.core_hz,
            "frame_ms": self.frame_ms,
            "assumptions": self.assumptions,
            "layers": [asdict(cost) for cost in self.layers],
            "total": self.total,
            "microjoules": list(self.microjoules) if self.microjoules else None,
            "flash_bytes": self.flash_bytes,
            "ram_bytes": self.ram_bytes,
            "stack_bytes": self.stack_bytes,
        }

    def shown(self, name: str, target: Target) -> Iterator[Shown]:
        """What each layer takes, how equal the output is, and the bytes of the program."""
        every = "" if self.frame_ms is None else f", a frame every {self.frame_ms:g} ms"
        if self.total is not None:
            yield f"{name} on {target.description}{every}:"
            yield from self._costs(self.total)
        yield from self.comparison()
        stack = f", of it {self.stack_bytes:,} of stack used" if self.stack_bytes else ""
        yield f"flash {self.flash_bytes:,} bytes, RAM {self.ram_bytes:,} bytes{stack}"

    def _costs(self, total: dict[str, float | None]) -> Iterator[Shown]:
        """Instructions, and cycles where the core has a cycle model."""
        known = {key: form for key, form in FORMS.items() if total[key] is not None}
        costs = [*(asdict(cost) for cost in self.layers), {"layer": "all"} | total]
        rows = [
            [str(cost["layer"]), *(format(cost[key], form) for key, form in known.items())] for cost in costs
        ]
        yield Table(["layer", *known], rows)
        yield self.assumptions
        if self.energy and self.microjoules:
            least, most = self.microjoules
            yield f"energy: {least:.0f} to {most:.0f} uJ a frame, a cycle as on {self.energy.measured_on}"
        if total["ms"] is not None and self.core_hz != self.clock_hz:
            found = f"at {self.core_hz / 1e6:g} MHz" if self.core_hz else "as it is after a reset"
            yield f"the program leaves the clock {found}; times are those at {self.clock_hz / 1e6:g} MHz"
        if total["ms"] is not None and self.frame_ms is not None:
            fraction = total["ms"] / self.frame_ms
            in_time = "yes" if fraction < 1 else "no"
            yield f"real time: {in_time}, {100 * fraction:.0f} % of the time of a frame"
