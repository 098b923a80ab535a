"""Damaged files of every kind that Ossicle reads: is each read, refused in a sentence, or worse?

    python benchmarks/fuzz.py --record

The inputs and the readers are those of the tests (``tests/fuzzing.py``, ``tests/fuzzed.py``): input ``n`` is
the same in every run. With ``--first``, others are tried.
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import tables.fuzz
import typer
from record import JsonOption, RecordOption, Result, conclude

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fuzzed import readers
from fuzzing import LIMIT_BYTES, LIMIT_S, count


def main(
    inputs: Annotated[int, typer.Option(min=1, help="Inputs to try for each reader.")] = 600,
    first: Annotated[int, typer.Option(min=0, help="Number of the first of them.")] = 0,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print how the inputs of each reader end, and what went wrong."""
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        for reader in readers(Path(scratch)):
            ends, wrong = count(reader, inputs, Path(scratch), first)
            results[reader.name] = {"seeds": len(reader.seeds), "inputs": inputs, **ends, "wrong": wrong}
            print(reader.name, dict(ends), *wrong, sep="\n", file=sys.stderr)
    settings = {"inputs": inputs, "first": first, "limit_s": LIMIT_S, "limit_bytes": LIMIT_BYTES}
    found = Result("fuzz", settings, results, packages=["soundfile", "onnx", "safetensors"])
    conclude(found, tables.fuzz.tables(results), record, json_)
    if any(of["wrong"] for of in results.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
