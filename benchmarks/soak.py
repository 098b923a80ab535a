"""Hours of sound of all kinds through the C of each model that ships, in each scheme, many times real time.

    python benchmarks/soak.py --hours 24 --record

The sound and what is asked of the C are those of the tests (``tests/soaking.py``).
"""

import sys
from pathlib import Path
from typing import Annotated

import tables.soak
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.tasks.audio import audio_task
from ossicle.zoo import zoo_names

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from soaking import ROUND, soak, sqnr_db

SCHEMES = ("fp32", "int8", "mixed", "w8a16")
"""The first is what the others are held against."""


def main(
    hours: Annotated[float, typer.Option(min=0.4, help="Of sound, for each model and scheme.")] = 24,
    models: Annotated[list[str] | None, typer.Option(help="Models; all that ship by default.")] = None,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print what the hours did to each model and scheme."""
    results = {}
    names = models or zoo_names()
    for name in names:
        rate = audio_task(api.load(name).graph).sample_rate
        reference = None
        for scheme in SCHEMES:
            found = soak(api.compile(api.load_quantized(name, scheme)), rate, hours)
            reference = reference or found
            sqnr = sqnr_db(reference, found)
            results[f"{name} {scheme}"] = {
                "hours": found.hours,
                "finite": found.finite,
                "peak": found.peak,
                "first_sqnr_db": sqnr[0],
                "worst_sqnr_db": min(sqnr),
                "last_sqnr_db": sqnr[-1],
                "slowest": found.slowest,
                "slowdown": found.slowdown,
            }
            print(name, scheme, results[f"{name} {scheme}"], file=sys.stderr)
    settings = {"hours": hours, "round_minutes": ROUND}
    found = Result("soak", settings, results, models=names, timed=True)
    conclude(found, tables.soak.tables(results), record, json_)


if __name__ == "__main__":
    typer.run(main)
