"""What a value is as a linear function of others, through chains of products with constants and movements."""

from dataclasses import dataclass, field

import numpy as np

from ossicle.importers.lower.context import RULES, Context
from ossicle.importers.network import Network, Operation
from ossicle.importers.passes.search import Search

MOVEMENTS = frozenset(
    [
        "Reshape",
        "Squeeze",
        "Unsqueeze",
        "Flatten",
        "Identity",
        "Transpose",
        "Slice",
        "Split",
        "Concat",
        "Gather",
        "Pad",
        "Expand",
    ]
)
PRODUCTS = frozenset(("MatMul", "Gemm"))
SUMS = frozenset(("Add", "Sub"))
LARGEST = 1 << 24
"""Numbers of a form that is still written out."""


class NotLinearError(Exception):
    """A value is no linear function that can be written out."""


@dataclass(frozen=True)
class Form:
    """``bias + sum of matrix @ leaf``: the numbers of a value, flat, from those of other values."""

    bias: np.ndarray
    matrices: dict[str, np.ndarray]
    """``(numbers, numbers of the leaf)`` by the leaf's name."""

    def rows(self, index: np.ndarray) -> "Form":
        """The numbers at these places, flat; -1 is 0."""

        def chosen(values: np.ndarray) -> np.ndarray:
            found: np.ndarray = np.concatenate([values, np.zeros_like(values[:1])])[index.reshape(-1)]
            return found

        return Form(chosen(self.bias), {leaf: chosen(matrix) for leaf, matrix in self.matrices.items()})

    def times(self, factor: np.ndarray) -> "Form":
        """Each number multiplied by its factor."""
        return Form(self.bias * factor, {leaf: of * factor[:, None] for leaf, of in self.matrices.items()})

    def plus(self, other: "Form") -> "Form":
        """The sum with another."""
        matrices = dict(self.matrices)
        for leaf, matrix in other.matrices.items():
            matrices[leaf] = matrices[leaf] + matrix if leaf in matrices else matrix
        return Form(self.bias + other.bias, matrices)


@dataclass
class Linear:
    """Linear forms of the values of a network in terms of a state, and of what its products read besides."""

    search: Search
    state: str
    forms: dict[tuple[str, bool], Form] = field(default_factory=dict)
    reach: dict[str, bool] = field(default_factory=dict)

    def of(self, value: str, through: str = "", multiplied: bool = False) -> Form:
        """The form of a value; the operator ``through`` counts as if it were not there, once.

        Raises :class:`NotLinearError`.
        """
        key = (value, multiplied)
        if not through and key in self.forms:
            return self.forms[key]
        form = self._of(value, through, multiplied)
        if not through:
            self.forms[key] = form
        return form

    def _of(self, value: str, through: str, multiplied: bool) -> Form:
        constant = self.search.constant(value)
        if constant is not None:
            return Form(constant.astype(np.float64).reshape(-1), {})
        writer = self.search.writer(value)
        if writer is not None and writer.op == through:
            return self.of(writer.inputs[0], "", multiplied)
        if value == self.state or writer is None or (multiplied and not self._reaches(value)):
            return self._leaf(value)
        if writer.op in MOVEMENTS:
            return self._moved(writer, value, through, multiplied)
        if through:
            raise NotLinearError(value)
        if writer.op in PRODUCTS:
            return self._product(writer)
        if writer.op in SUMS:
            return self._added(writer, value, multiplied)
        if writer.op in ("Mul", "Div") and (found := self.search.with_constant(writer)):
            factor = self._spread(found[1], value)
            if writer.op == "Div" and writer.inputs[0] != found[0]:
                raise NotLinearError(value)
            scale = 1 / factor.bias if writer.op == "Div" else factor.bias
            return self._spread(found[0], value, multiplied).times(scale)
        return self._leaf(value)

    def _leaf(self, value: str) -> Form:
        size = int(np.prod(self.search.shape(value)))
        if size * size > LARGEST:
            raise NotLinearError(value)
        return Form(np.zeros(size), {value: np.eye(size)})

    def _reaches(self, value: str) -> bool:
        """Whether a value depends on the state by linear steps."""
        if value not in self.reach:
            writer = self.search.writer(value, *MOVEMENTS, *PRODUCTS, *SUMS, "Mul", "Div")
            inputs = () if writer is None else writer.inputs
            self.reach[value] = value == self.state or any(self._reaches(one) for one in inputs if one)
        return self.reach[value]

    def _moved(self, writer: Operation, value: str, through: str, multiplied: bool) -> Form:
        """A movement moves the rows of a form as it moves numbers."""
        parts = [one for one in writer.inputs if one and (writer.op == "Concat" or one == writer.inputs[0])]
        forms = [self.of(one, through, multiplied) for one in parts]
        index = moved(self.search.network, writer, parts)[writer.outputs.index(value)]
        leaves = {leaf: matrix.shape[1] for form in forms for leaf, matrix in form.matrices.items()}
        whole = Form(
            np.concatenate([form.bias for form in forms]),
            {
                leaf: np.concatenate(
                    [form.matrices.get(leaf, np.zeros((form.bias.size, size))) for form in forms]
                )
                for leaf, size in leaves.items()
            },
        )
        return whole.rows(index)

    def _added(self, writer: Operation, value: str, multiplied: bool) -> Form:
        left, right = (self._spread(one, value, multiplied) for one in writer.inputs)
        return left.plus(right.times(np.full(right.bias.size, -1.0)) if writer.op == "Sub" else right)

    def _spread(self, one: str, value: str, multiplied: bool = False) -> Form:
        """The form of an operand, broadcast to the shape of a result."""
        shape = self.search.shape(one)
        index = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), self.search.shape(value))
        return self.of(one, "", multiplied).rows(index)

    def _product(self, writer: Operation) -> Form:
        x, weight = writer.inputs[:2]
        matrix = self.search.constant(weight)
        attributes = writer.attributes
        if matrix is None or matrix.ndim != 2 or attributes.get("transA"):
            raise NotLinearError(writer.outputs[0])
        matrix = matrix.astype(np.float64)
        turned = (matrix if attributes.get("transB") else matrix.T) * attributes.get("alpha", 1.0)
        form = self.of(x, "", True)
        rows = form.bias.size // turned.shape[1]

        def by_rows(values: np.ndarray) -> np.ndarray:
            stacked = values.reshape(rows, turned.shape[1], -1)
            found: np.ndarray = np.einsum("oi,ric->roc", turned, stacked)
            return found.reshape(rows * len(turned), -1)

        found = Form(by_rows(form.bias)[:, 0], {leaf: by_rows(of) for leaf, of in form.matrices.items()})
        if len(writer.inputs) > 2 and writer.inputs[2]:
            bias = self._spread(writer.inputs[2], writer.outputs[0])
            found = found.plus(bias.times(np.full(bias.bias.size, attributes.get("beta", 1.0))))
        return found


def moved(network: Network, writer: Operation, parts: list[str]) -> list[np.ndarray]:
    """Where the numbers of each output of a movement come from, among those of ``parts`` in a row."""
    context = Context(network)
    for part in parts:
        context.put(
            part, context.builder.tensor(context.builder.name(part), int(np.prod(network.values[part].shape)))
        )
    RULES[writer.op](context, writer)
    return [context.places[output] if output else np.arange(0) for output in writer.outputs]
