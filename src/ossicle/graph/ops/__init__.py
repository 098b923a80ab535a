"""What the stages need to know of each operator; a new operator is a new file and one line here."""

from ossicle.graph.ops.convert import CONVERT
from ossicle.graph.ops.gru import GRU
from ossicle.graph.ops.linear import LINEAR
from ossicle.graph.ops.lstm import LSTM
from ossicle.graph.ops.op import Matrix, Op

OPS: dict[str, Op] = {op.name: op for op in (LINEAR, GRU, LSTM, CONVERT)}

__all__ = ["OPS", "Matrix", "Op"]
