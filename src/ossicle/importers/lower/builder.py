"""The graph that grows while a network is lowered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ossicle.emit.names import reserved_names
from ossicle.graph.types import Attribute, Node, Tensor
from ossicle.importers.lower.addresses import Addresses
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType

LONGEST_NAME = 32
"""Characters of a name of the file; the name of a port and a number may follow."""
FLOATS = Tensor((1,))
"""The type of floats, whatever their shape."""


def identifier(origin: str) -> str:
    """A C identifier that is like a name of a file; of a long one its end."""
    word = re.sub(r"[^a-z0-9]+", "_", origin.lower()).strip("_")
    return re.sub(r"^(?=[^a-z])", "n", word)[-LONGEST_NAME:].lstrip("_0123456789") or "n"


@dataclass
class Builder:
    """Nodes and tensors, and what lies where."""

    addresses: Addresses = field(default_factory=Addresses)
    nodes: list[Node] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    copies: dict[bytes, str] = field(default_factory=dict)
    """Tensors that a gather wrote, by the addresses of what it copied."""
    origins: dict[str, str] = field(default_factory=dict)
    """Of each node and tensor, the name in the file that it was made for."""
    result: Tensor = FLOATS
    """The type of what nodes write now, whatever its shape."""
    rounding: Rounding = Rounding.ONCE
    """How nodes round that write integers."""
    reserved: frozenset[str] = field(default_factory=reserved_names)
    """Names that the emitted C needs for itself."""

    def name(self, origin: str, last: str = "") -> str:
        """A free C identifier, as much like a name of the file as possible."""
        word = identifier(origin)
        stem = f"{word}_{last}" if last else word
        found, count = stem, 2
        while found in self.origins or found in self.reserved:
            found, count = f"{stem}_{count}", count + 1
        self.origins[found] = origin
        return found

    def tensor(self, name: str, size: int, like: Tensor = FLOATS) -> np.ndarray:
        """Declare a tensor of some type; returns the addresses of its values."""
        self.tensors[name] = replace(like, shape=(size,))
        return self.addresses.add(name, size)

    def add(
        self,
        op: str,
        origin: str,
        inputs: Mapping[str, str],
        sizes: Mapping[str, int],
        constants: Mapping[str, np.ndarray] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
    ) -> list[np.ndarray]:
        """Append a node whose outputs have these sizes; returns the addresses of each."""
        node = self.name(origin)
        outputs = {port: self.name(origin, port) for port in sizes}
        single = {name: np.ascontiguousarray(value) for name, value in (constants or {}).items()}
        result, numbers = self.result, dict(attributes or {})
        if op == "gather":
            result = self.tensors[inputs["x0"]]
        elif result.dtype != DType.F32 and self.rounding != Rounding.ONCE:
            numbers["rounding"] = str(self.rounding)
        self.nodes.append(Node(op, node, dict(inputs), outputs, single, numbers))
        return [self.tensor(outputs[port], size, result) for port, size in sizes.items()]

    def holds(self, index: np.ndarray) -> str | None:
        """The tensor that holds exactly these values in their order; None where there is none yet."""
        index = index.reshape(-1)
        place = self.addresses.holder(index)
        if place and np.array_equal(index, np.arange(place.start, place.start + place.size)):
            return place.name
        return self.copies.get(index.tobytes())

    def holding(self, index: np.ndarray, origin: str) -> str:
        """The same; gathered where no tensor holds them yet."""
        found = self.holds(index)
        return self.copied(index, origin) if found is None else found

    def computed(self, index: np.ndarray, origin: str) -> str:
        """The same, but never a tensor that no node writes."""
        found = self.holding(index, origin)
        written = {name for node in self.nodes for name in node.outputs.values()}
        return found if found in written else self.copied(index, origin)

    def copied(self, index: np.ndarray, origin: str) -> str:
        """A tensor of its own that holds these values in their order."""
        found = self._gathered(index.reshape(-1), origin)
        self.copies[index.reshape(-1).tobytes()] = found
        return found

    def _gathered(self, index: np.ndarray, origin: str) -> str:
        """A new tensor that holds these values: a gather, and a sum where constants other than 0 are."""
        # Constants alone are written beside the first tensor, an input.
        sources = self.addresses.tensors(index) or [self.addresses.tensor(0)]
        table, place = np.full(index.size, -1, np.int32), 0
        for _, start, size in sources:
            inside = (index >= start) & (index < start + size)
            table[inside] = index[inside] - start + place
            place += size
        ports = {f"x{number}": name for number, (name, _, _) in enumerate(sources)}
        widths = {"sizes": tuple(size for _, _, size in sources)}
        (y,) = self.add("gather", origin, ports, {"y": index.size}, {"index": table}, widths)
        fill = self.addresses.constants_at(index)
        if fill.any():
            constants = {"scale": np.ones_like(fill), "offset": fill}
            x = {"x": self.addresses.tensor(int(y[0])).name}
            (y,) = self.add("affine", origin, x, {"y": index.size}, constants, {"inner": 1})
        return self.addresses.tensor(int(y[0])).name
