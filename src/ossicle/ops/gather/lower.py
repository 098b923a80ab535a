"""The kernel calls of a gather: regular copies, and lists of places where an index has no order."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.formats import DType
from ossicle.ops.gather.blocks import blocks_of

BLOCK_NUMBERS = 11
"""Numbers of 32 bits in the C of a block; a list has one of 16 bits for each end of a copy."""


def gather_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call for each input that it copies from, and one for the zeros."""
    y = tensors[node.outputs["y"]]
    calls = []
    for name, table in gather_tables(node).items():
        kind, port = name.split("_")
        values: dict[str, Value] = {kind: Constant(name), "count": len(table), "y": Output()}
        if port == "zero":
            values["value"] = 0.0 if y.dtype == DType.F32 else y.zero_point
            calls.append(Call(kernels.need("fill_blocks", y.dtype), values))
        else:
            values["input"] = Input(port)
            calls.append(Call(kernels.need(f"copy_{kind}", y.dtype), values))
    return Calls(tuple(calls), y.size)


def gather_tables(node: Node) -> dict[str, np.ndarray]:
    """What the C holds of the index: blocks for each input, or a list of places where these are too many.

    They are called ``blocks_PORT`` or ``list_PORT``, and ``blocks_zero`` those of zeros. Inputs of the size
    of the output come first, so that rows of a ring move up before the newest row is written.
    """
    return dict(_tables(node))


def gather_overlays(node: Node) -> list[tuple[str, str]]:
    """The output with each input that it may overwrite: no place is written before it is read."""
    copies = {name.partition("_")[2]: _copies(name, table) for name, table in gather_tables(node).items()}
    written = np.concatenate([of[:, 1] for of in copies.values()])
    turn = np.empty_like(written)
    turn[written] = np.arange(written.size)
    late, begin = set(), 0
    for port, of in copies.items():
        read, own = of[:, 0], np.arange(begin, begin + len(of))
        inside = read < written.size
        if (turn[read[inside]] < own[inside]).any():
            late.add(port)
        begin += len(of)
    return [("y", port) for port in node.inputs if port not in late]


def _copies(name: str, table: np.ndarray) -> np.ndarray:
    """Place in the input and in the output of each value, in the order of the kernel, ``(values, 2)``."""
    if name.startswith("list"):
        return table.astype(np.int64)
    return np.concatenate([_copies_of_block(*np.split(numbers, (2, 5, 8))) for numbers in table])


def _copies_of_block(
    begin: np.ndarray, counts: np.ndarray, from_steps: np.ndarray, to_steps: np.ndarray
) -> np.ndarray:
    turns = np.indices(counts.tolist()).reshape(len(counts), -1).T
    places: np.ndarray = begin + np.stack([turns @ from_steps, turns @ to_steps], axis=1)
    return places


def _tables(node: Node) -> Iterator[tuple[str, np.ndarray]]:
    index = node.constants["index"]
    sizes = node.attributes["sizes"]
    assert isinstance(sizes, tuple)
    ends = np.cumsum(sizes)
    ports = zip(node.inputs, (ends - sizes).tolist(), ends.tolist(), strict=True)
    for port, begin, end in sorted(ports, key=lambda of: of[2] - of[1] != index.size):
        (to,) = np.nonzero((index >= begin) & (index < end))
        if to.size:
            yield _table(port, index[to] - begin, to)
    (to,) = np.nonzero(index < 0)
    if to.size:
        yield _table("zero", np.zeros_like(to), to)


def _table(port: str, start: np.ndarray, to: np.ndarray) -> tuple[str, np.ndarray]:
    blocks = blocks_of(start, to)
    fits = max(start.max(), to.max()) < 2**16
    if port != "zero" and fits and BLOCK_NUMBERS * len(blocks) > to.size:
        return f"list_{port}", np.stack([start, to], axis=1).astype(np.uint16)
    numbers = [
        (
            block.start,
            block.to,
            *(loop.count for loop in block.loops),
            *(loop.from_step for loop in block.loops),
            *(loop.to_step for loop in block.loops),
        )
        for block in blocks
    ]
    return f"blocks_{port}", np.array(numbers, np.int32)
