"""What the stages need to know of each operator; a new operator is a new file and one line here."""

from ossicle.graph.ops.conv2d import CONV2D, DEPTHWISE_CONV2D
from ossicle.graph.ops.convert import CONVERT
from ossicle.graph.ops.gru import GRU
from ossicle.graph.ops.linear import LINEAR
from ossicle.graph.ops.lstm import LSTM
from ossicle.graph.ops.op import Matrix, Op
from ossicle.graph.ops.pool import AVERAGE_POOL, MAX_POOL
from ossicle.graph.ops.softmax import SOFTMAX

OPS: dict[str, Op] = {
    op.name: op
    for op in (LINEAR, CONV2D, DEPTHWISE_CONV2D, GRU, LSTM, AVERAGE_POOL, MAX_POOL, SOFTMAX, CONVERT)
}

__all__ = ["OPS", "Matrix", "Op"]
