"""Models timed on this computer."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ossicle.api.model_files import load
from ossicle.api.programs import compile
from ossicle.api.quantization import quantize
from ossicle.measure.speed import Speed, time_programs
from ossicle.programs.compiler import compiler_version, find_compiler
from ossicle.quantization import SCHEMES
from ossicle.zoo import zoo_names


@dataclass(frozen=True)
class Timing:
    """A model in a scheme: its time per frame, and its bytes."""

    model: str
    scheme: str
    speed: Speed
    weight_bytes: int
    state_bytes: int
    scratch_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        found = asdict(self)
        return {"model": found.pop("model"), "scheme": found.pop("scheme"), **found.pop("speed"), **found}


@dataclass(frozen=True)
class Timings:
    """Models that were timed in turns, each ``rounds`` times."""

    compiler: str
    rounds: int
    results: tuple[Timing, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        results = [timing.as_dict() for timing in self.results]
        return {"compiler": self.compiler, "rounds": self.rounds, "results": results}


def bench(
    models: Sequence[str | Path] | None = None, schemes: Sequence[str] | None = None, rounds: int = 15
) -> Timings:
    """Time float models in schemes on one core of this computer; by default those of the zoo in all schemes.

    ``rounds`` is how often each of them is timed, all of them in turn.
    """
    programs = {
        (str(name), str(scheme)): compile(quantize(load(name), scheme))
        for name in models or zoo_names()
        for scheme in schemes or SCHEMES
    }
    sizes = ("weight_bytes", "state_bytes", "scratch_bytes")
    results = tuple(
        Timing(*case, speed, *(programs[case].summary[size] for size in sizes))
        for case, speed in time_programs(programs, rounds).items()
    )
    return Timings(compiler_version(find_compiler()), rounds, results)
