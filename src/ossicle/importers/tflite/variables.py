"""Variables, which a TFLite network keeps itself: each becomes a state, an input and an output of its own."""

from collections.abc import Sequence

import numpy as np

from ossicle.importers.network import StatePair, Value
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.tflite.model import OperatorRecord, Subgraph
from ossicle.importers.tflite.translation import Site, Translation

HANDLES = ("VAR_HANDLE", "CALL_ONCE")
"""Operators that say which variables there are, and compute nothing."""


def variable_names(graph: Subgraph) -> dict[int, str]:
    """The variable that each handle of a subgraph stands for, by the handle's tensor."""
    return {
        operator.outputs[0]: _variable(operator)
        for operator in graph.operators
        if operator.kind == "VAR_HANDLE"
    }


def _variable(handle: OperatorRecord) -> str:
    names = [handle.options.get(part) or b"" for part in ("Container", "SharedName")]
    return "/".join(name.decode("utf-8", "replace") for name in names if name)


def initial_values(graphs: Sequence[Subgraph]) -> dict[str, np.ndarray | None]:
    """What subgraphs that run once put into variables; None where that is no constant."""
    found: dict[str, np.ndarray | None] = {}
    for operator in graphs[0].operators:
        index = operator.options.get("InitSubgraphIndex", 0)
        if operator.kind != "CALL_ONCE" or not 0 < index < len(graphs):
            continue
        graph, names = graphs[index], variable_names(graphs[index])
        for assigned in (each for each in graph.operators if each.kind == "ASSIGN_VARIABLE"):
            handle, value = assigned.inputs
            found[names[handle]] = graph.tensors[value].values
    return found


class Variables:
    """The variables of the main subgraph at each point of a step."""

    def __init__(self, into: Translation, graphs: Sequence[Subgraph]) -> None:
        self.into = into
        self.names = variable_names(graphs[0])
        self.initial = initial_values(graphs)
        self.held: dict[str, str] = {}
        """The value that each variable holds at this point."""
        self.read: dict[str, str] = {}
        """The state that each variable was read as before it was assigned."""

    def translate(self, site: Site) -> None:
        """READ_VARIABLE and ASSIGN_VARIABLE."""
        variable = self.names.get(site.record.inputs[0])
        if variable is None:
            raise site.obstacle("it does not say which variable it means", "convert the network again")
        if site.record.kind == "ASSIGN_VARIABLE":
            self.held[variable] = site.input(1)
            return
        (output,) = site.outputs
        if variable in self.held:
            site.emit("Identity", [self.held[variable]], [output])
            return
        self._check_initial(site, variable, site.value(output))
        self.into.inputs.append(output)
        self.read[variable] = self.held[variable] = output

    def _check_initial(self, site: Site, variable: str, value: Value) -> None:
        """A state is zero after a reset."""
        initial = self.initial.get(variable)
        zero = 0 if value.quantization is None else int(value.quantization.zero_point[0])
        if initial is not None and (initial != zero).any():
            raise site.obstacle(
                f"the variable {variable!r} begins with other values than zero",
                "subtract them in the network, so that it begins with zero",
            )

    def finish(self) -> None:
        """Make a state of each variable that was read before it was assigned."""
        for variable, name in self.read.items():
            kept = self.held[variable]
            old, new = self.into.values[name], self.into.values[kept]
            if (old.shape, old.dtype) != (new.shape, new.dtype):
                raise Obstacle(
                    variable, "ASSIGN_VARIABLE", "the variable changes its shape", "keep one shape"
                )
            self.into.outputs.append(kept)
            self.into.states.append(StatePair(name, kept, f"variable {variable}"))
