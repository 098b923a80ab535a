"""Sums of products in Einstein's notation, as a product of matrices between two changes of order."""

import math

import numpy as np

from ossicle.importers.lower.context import Context, rule
from ossicle.importers.lower.dense import multiply, operand
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle


@rule("Einsum")
def _einsum(context: Context, operation: Operation) -> None:
    letters = operation.attributes["equation"].replace(" ", "")
    terms, _, result = letters.partition("->")
    parts = terms.split(",")
    distinct = all(len(set(part)) == len(part) for part in (*parts, result))
    if len(parts) != 2 or not result or "." in letters or not distinct:
        raise Obstacle.at(operation, f"it computes {letters!r}", "write it as transposes and torch.matmul")
    left, right = parts
    batch = [letter for letter in left if letter in right and letter in result]
    summed = [letter for letter in left if letter in right and letter not in result]
    rows = [letter for letter in left if letter not in right]
    columns = [letter for letter in right if letter not in left]
    if not set(rows + columns) <= set(result):
        raise Obstacle.at(operation, f"it sums one side of {letters!r} alone", "write that as torch.sum")
    shapes = (context.shape(value) for value in operation.inputs)
    sizes = {
        letter: size
        for part, shape in zip(parts, shapes, strict=True)
        for letter, size in zip(part, shape, strict=True)
    }

    def arranged(values: np.ndarray, part: str, *groups: list[str]) -> np.ndarray:
        order = [part.index(letter) for group in groups for letter in group]
        return values.transpose(order).reshape(
            [math.prod(sizes[letter] for letter in group) for group in groups]
        )

    a = arranged(operand(context, operation.inputs[0]), left, batch, rows, summed)
    b = arranged(operand(context, operation.inputs[1]), right, batch, summed, columns)
    found = multiply(context, operation, a, b)
    written = [*batch, *rows, *columns]
    found = found.reshape([sizes[letter] for letter in written])
    context.put(operation.outputs[0], found.transpose([written.index(letter) for letter in result]))
