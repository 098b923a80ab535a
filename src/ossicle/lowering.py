"""From nodes to calls of kernels: which kernel each constant and each call gets, of the sets of a target.

A matrix gets the kernel of its precision whose weight is read by the most specific set; of several, the one
that does most, of those that pay for its values. That kernel's record decides the layout of the weight, the C
type of the matrix, the form of the operand and the scratch; plan, emitter, sizes and cost all read it here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.graph import Graph, Node, Tensor
from ossicle.graph.operator import OPS, Matrix, replaced_ports
from ossicle.kernels import Calls, Kernels, NoKernelError, Product, load_kernels
from ossicle.kernels.calls import STREAMS
from ossicle.kernels.forms import PLAIN, SNAPSHOT
from ossicle.kernels.kernel import Kernel
from ossicle.kernels.layouts import Layout
from ossicle.numerics.formats import Precision

PORTABLE = load_kernels(["portable"])
"""For what is said of a model whatever its target is."""


@dataclass(frozen=True)
class Lowered:
    """A node as calls of kernels."""

    node: Node
    products: tuple[Product, ...]
    """Of its matrices, in their order."""
    body: Calls
    parallel: bool

    @property
    def of_streams(self) -> bool:
        """Whether any call is for all streams at once."""
        return any(call.values.get("count") == STREAMS for call in self.body.calls)

    @property
    def alone(self) -> bool:
        """Whether any call is for one stream."""
        return any(call.values.get("count") != STREAMS for call in self.body.calls)

    @property
    def rows(self) -> int:
        """Rows of each matrix for each unit: the gates of a recurrent layer, otherwise 1."""
        return self.products[0].rows // self.body.units if self.products else 1

    @property
    def staged_words(self) -> int:
        """Words of scratch for the largest staged operand; several cores have a buffer for each."""
        staged = [product.form.count(product.columns) for product in self.products if product.staged]
        return 0 if self.parallel else max(staged, default=0)

    @property
    def scratch_words(self) -> int:
        """Words of scratch where one core computes all units."""
        return self.body.sums * self.body.units * self.body.at_once + self.body.words + self.staged_words


def lower(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels) -> Lowered:
    """Choose the kernels of a node; raises :class:`NoKernelError` where a call has none."""
    products = products_of(node, kernels)
    body = OPS[node.op].lower(node, tensors, kernels, products)
    if kernels.parallel and body.times > 1:
        raise NoKernelError(f"node {node.name!r}: cores share no calls that a frame makes more than once")
    return Lowered(node, products, body, kernels.parallel)


def products_of(node: Node, kernels: Kernels) -> tuple[Product, ...]:
    """The matrices of a node with the kernels that multiply by them."""
    return tuple(_product(node, index, matrix, kernels) for index, matrix in enumerate(OPS[node.op].matrices))


def _product(node: Node, index: int, matrix: Matrix, kernels: Kernels) -> Product:
    precision = node.product(index)
    op, (rows, columns) = OPS[node.op], node.constants[matrix.weight].shape
    operand = node.at(matrix.operand)
    several = op.products_of_streams(node) if kernels.streams else ()
    found = [kernels.find(operation, precision.name) for operation in (*several, *op.products(node))]
    paying = [kernel for kernel in found if kernel and kernel.pays(node.constants[matrix.weight])]
    readers = [(kernel, _reader(kernel, kernels)) for kernel in paying]
    if not readers:
        raise NoKernelError(
            f"node {node.name!r}: no kernel of {', '.join(kernels.names)} multiplies in {precision.name}; "
            "choose another precision for it"
        )
    kernel, reader = min(readers, key=lambda pair: kernels.place(pair[1]))
    # Cores that share a node replace its states while others still read them.
    replaced = operand in (node.inputs[port] for port in replaced_ports(node).values())
    snapshot = kernels.parallel and replaced and kernel.operand == PLAIN
    return Product(
        index,
        matrix.suffix,
        precision,
        kernel,
        _layout_of(reader),
        rows // op.groups(node),
        columns,
        operand,
        SNAPSHOT if snapshot else kernel.operand,
        op.groups(node),
    )


def _reader(kernel: Kernel, kernels: Kernels) -> Kernel:
    """The kernel that reads the weight."""
    return kernels.need(kernel.inner, kernel.types) if kernel.inner else kernel


def _layout_of(reader: Kernel) -> Layout:
    if reader.layout is None:
        raise ValueError(f"{reader.name} multiplies, and its record names no layout of the weight")
    return reader.layout


def matrix_constants(node: Node, product: Product) -> dict[str, np.ndarray]:
    """The constants of one matrix as the graph has them, the weight first."""
    matrix = OPS[node.op].matrices[product.index]
    return {name: node.constants[name] for name in matrix.stored(product.precision, 0, 0)}


def stored_constants(node: Node, kernels: Kernels) -> dict[str, np.ndarray]:
    """The constants of a node as the C holds them, each weight in the layout that its kernel reads."""
    op = OPS[node.op]
    own = op.parameters(node)
    stored = {name: array for name, array in node.constants.items() if name not in own}
    for product in products_of(node, kernels):
        name = op.matrices[product.index].weight
        stored[name] = np.concatenate(product.pack(stored[name]))
    return stored | dict(op.tables(node))


def table_begins(node: Node, product: Product) -> list[int]:
    """The first element of each group of a matrix in the table of its weight."""
    packed = product.pack(node.constants[OPS[node.op].matrices[product.index].weight])
    return [0, *np.cumsum([table.size for table in packed[:-1]]).tolist()]


def weight_bytes(graph: Graph, kernels: Kernels = PORTABLE) -> int:
    """Bytes of all the constants of the nodes, biases and fixed-point factors included."""
    return sum(node_bytes(node, kernels) for node in graph.nodes)


def node_bytes(node: Node, kernels: Kernels = PORTABLE) -> int:
    """Bytes of the constants of one node, also of a float one that is to get another precision."""
    of_products = sum(
        sum(constant_bytes(product, node.constants[OPS[node.op].matrices[product.index].weight]))
        for product in products_of(node, kernels)
    )
    return of_products + sum(table.nbytes for table in OPS[node.op].tables(node).values())


def constant_bytes(product: Product, weight: np.ndarray) -> tuple[int, ...]:
    """Bytes of a table of some rows of a weight, and of each of the other constants of these rows."""
    others = _bytes_of_a_row(product.precision)
    return product.table_bytes(weight), *(size * len(weight) for size in others)


def _bytes_of_a_row(precision: Precision) -> tuple[int, ...]:
    """Of the constants of a row besides its weights: bias, and for integers multiplier and shift."""
    return (4, 4, 1) if precision.weight_bits else (precision.operand.numpy.itemsize,)
