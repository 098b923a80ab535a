"""How much a network computes and keeps, from its operations."""

import math

from ossicle.importers.network import Network, Operation

_GATES = {"GRU": 3, "LSTM": 4, "RNN": 1}


def macs(network: Network) -> int:
    """Multiply-accumulates of one step: of dense layers, convolutions, recurrent layers and attention."""
    return sum(_macs(network, operation) for operation in network.operations)


def _macs(network: Network, operation: Operation) -> int:
    def shape(index: int) -> tuple[int, ...]:
        return network.values[operation.inputs[index]].shape

    if operation.op in _GATES:
        steps, batch, _ = shape(0)
        return steps * batch * (math.prod(shape(1)) + math.prod(shape(2)))
    if operation.op not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        return 0
    results = math.prod(network.values[operation.outputs[0]].shape)
    if operation.op == "MatMul":
        return results * shape(0)[-1]
    if operation.op == "Gemm":
        return results * shape(0)[0 if operation.attributes.get("transA") else -1]
    if operation.op == "Conv":
        return results * math.prod(shape(1)[1:])
    return math.prod(shape(0)) * math.prod(shape(1)[1:])


def parameters(network: Network) -> int:
    """Numbers that the network holds as constants, those that only give indices left out."""
    used = {name for operation in network.operations for name in operation.inputs if name}
    constants = [network.values[name] for name in used if network.values[name].constant is not None]
    return sum(math.prod(value.shape) for value in constants if value.dtype not in ("bool", "int64"))
