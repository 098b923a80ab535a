"""How long a frame of each model takes on one core of this computer, as ``ossicle bench`` measures it.

    python benchmarks/speed.py --record

Publish it from a machine that does nothing else: programs run in turns, so that other work is unfair to none
of them, but all of them take longer.
"""

from dataclasses import asdict
from typing import Annotated

import tables.speed
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.measure.speed import time_programs
from ossicle.zoo import zoo_names

SCHEMES = ("fp32", "mixed", "w8a16", "int8")


def main(
    rounds: Annotated[int, typer.Option(help="Rounds to take the median of.")] = 15,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print microseconds a frame and the real-time factor of each model and scheme."""
    models = zoo_names()
    cases = [(name, scheme) for name in models for scheme in SCHEMES]
    programs = {
        f"{name} {scheme}": api.compile(api.quantize(api.load(name), scheme)) for name, scheme in cases
    }
    results = {case: asdict(speed) for case, speed in time_programs(programs, rounds).items()}
    settings = {"models": models, "schemes": SCHEMES, "rounds": rounds}
    found = Result("speed", settings, results, models, timed=True)
    conclude(found, tables.speed.tables(results, settings), record, json_)


if __name__ == "__main__":
    typer.run(main)
