"""Every command that writes files, with faults at its writes: is anything half-written or lost?

    python benchmarks/faults.py --record

The commands and the faults are those of the tests (``tests/faulty.py``, ``tests/faultcases.py``). With
``--most``, a command of many writes has faults at so many of them, evenly spread.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import tables.faults
import typer
from record import JsonOption, RecordOption, Result, conclude

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from faultcases import cases
from faulty import KINDS, Trial, faulty_commands

SLOW = (
    "ossicle.api.model_training",
    "matplotlib.figure",
    "ossicle.api.denoising",
    "ossicle.api.quantization",
)
"""Modules whose import takes longer than most commands."""


def main(
    most: Annotated[int, typer.Option(min=1, help="Faults of a kind for each command.")] = 1_000_000,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print how the commands end, and what went wrong."""
    results = {}
    with tempfile.TemporaryDirectory() as scratch, faulty_commands(Path(scratch), *SLOW) as commands:
        for case in cases():
            trial = Trial(commands, case, Path(scratch) / case.name)
            tried = range(1, trial.calls + 1, -(-trial.calls // most))
            found = [trial.fault(call, kind) for kind in KINDS for call in tried]
            wrong = [f"{of.kind} at {of.what}: {text}" for of in found for text in of.wrong]
            ends = Counter(of.end for of in found)
            results[case.name] = {"writes": trial.calls, "faults": len(found), **ends, "wrong": wrong}
            print(case.name, dict(ends), *wrong, sep="\n", file=sys.stderr)
    conclude(Result("faults", {"most": most}, results), tables.faults.tables(results), record, json_)
    if any(of["wrong"] for of in results.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
