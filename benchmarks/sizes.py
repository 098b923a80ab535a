"""How large the models that ship are, and how much of it each scheme takes.

    python benchmarks/sizes.py --record

Parameters and multiply-accumulates of the networks; bytes of constants and of the state struct of the C for
this computer, which the emitter counts.
"""

from typing import Any

import tables.sizes
import typer
from record import JsonOption, RecordOption, Result, conclude

from ossicle import api
from ossicle.lowering import weight_bytes
from ossicle.quantization import SCHEMES
from ossicle.schedule import plan
from ossicle.zoo import zoo_names


def main(record: RecordOption = False, json_: JsonOption = False) -> None:
    """Print parameters, multiply-accumulates and bytes of each model."""
    models = zoo_names()
    results = {name: sizes(name) for name in models}
    settings = {"models": models, "schemes": list(SCHEMES)}
    found = Result("sizes", settings, results, models)
    conclude(found, tables.sizes.tables(results, settings), record, json_)


def sizes(name: str) -> dict[str, Any]:
    """A model of the zoo; bytes are by scheme."""
    model = api.load(name)
    graphs = {scheme: api.quantize(model, scheme).graph for scheme in SCHEMES}
    task = model.graph.task
    return {
        "parameters": model.graph.parameters,
        "macs": model.graph.macs,
        "macs_per_second": model.graph.macs * task.sample_rate / task.hop,
        "frame_ms": 1e3 * task.hop / task.sample_rate,
        "weight_bytes": {scheme: weight_bytes(graph) for scheme, graph in graphs.items()},
        "state_bytes": {scheme: plan(graph).state_bytes for scheme, graph in graphs.items()},
    }


if __name__ == "__main__":
    typer.run(main)
