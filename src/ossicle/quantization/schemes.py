"""The schemes: rules that give each node its precision, and precisions as text."""

from collections.abc import Mapping
from dataclasses import replace

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, check_precisions
from ossicle.graph.calibration import Calibration, product_name
from ossicle.graph.operator import OPS, Matrix
from ossicle.lowering import node_bytes
from ossicle.numerics.formats import PRECISIONS, SCHEMES, Precision

UNCALIBRATED = Calibration()


def scheme_precisions(graph: Graph, scheme: str, calibration: Calibration = UNCALIBRATED) -> dict[str, str]:
    """Precision of each node of a float graph in a scheme.

    Operands that lose too much in 8 bits, as the calibration says, have 16.
    """
    if scheme not in SCHEMES:
        raise OssicleError(f"there is no scheme {scheme!r}; choose one of {', '.join(SCHEMES)}")
    return {
        node.name: _widened(node, SCHEMES[scheme].of(OPS[node.op].recurrent), calibration)
        for node in graph.nodes
        if OPS[node.op].matrices
    }


def _widened(node: Node, name: str, calibration: Calibration) -> str:
    matrices = OPS[node.op].matrices
    wide = [product_name(node.name, matrix.weight) in calibration.wide for matrix in matrices]
    if name != "w8a8" or not any(wide):
        return name
    names = [
        "w8a16" if of else _fitting(node, matrix, name) for of, matrix in zip(wide, matrices, strict=True)
    ]
    return names[0] if len(set(names)) == 1 else "+".join(names)


def parse_precision(node: Node, text: str) -> tuple[Precision, ...]:
    """Precision of each product of a node; ``text`` has one name for all, or one each as in ``w8a8+w8a16``.

    Raises :class:`OssicleError` where a name is unknown or their number is another.
    """
    names, products = text.split("+"), len(OPS[node.op].matrices)
    if len(names) == 1:
        names = [_fitting(node, matrix, text) for matrix in OPS[node.op].matrices]
    unknown = [name for name in names if name not in PRECISIONS]
    if unknown or len(names) != products:
        raise OssicleError(
            f"graph: node {node.name!r} has the unknown precision {text!r}; each of its {products} products "
            f"can have one of {', '.join(PRECISIONS)}"
        )
    precisions = tuple(PRECISIONS[name] for name in names)
    check_precisions(node, precisions)
    return precisions


def _fitting(node: Node, matrix: Matrix, name: str) -> str:
    """A precision for a product whose operand no conversion can reach: such a one stays in 16 bits."""
    return "w8a16" if name == "w8a8" and matrix.operand in node.outputs else name


def bytes_in(graph: Graph, precisions: str | Mapping[str, str]) -> int:
    """Bytes of the weights of a float graph once it is in these precisions, without quantizing it."""
    return sum(map(node_bytes, with_precisions(graph, precisions)))


def with_precisions(
    graph: Graph, precisions: str | Mapping[str, str], calibration: Calibration = UNCALIBRATED
) -> list[Node]:
    """The nodes of a float graph with their precisions, and still with their float constants.

    ``precisions`` is a scheme, or the precision of each node by its name.
    """
    if isinstance(precisions, str):
        precisions = scheme_precisions(graph, precisions, calibration)
    if graph.quantized:
        raise OssicleError(f"model {graph.name!r} is quantized already; give the float model")
    return [
        replace(node, precisions=parse_precision(node, precisions[node.name]))
        if OPS[node.op].matrices
        else node
        for node in graph.nodes
    ]
