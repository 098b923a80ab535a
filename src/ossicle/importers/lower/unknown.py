"""What is said of an operator that no rule lowers, with the nearest way out."""

from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle

_TRANSFORM = "export the network without its transform, on spectra, and let the front end of a task transform"
_LOOP = "export the network for one step, or with its loop unrolled"
_QUANTIZED = "quantize with quant_format=QuantFormat.QDQ, or import the float file"
_WAYS_OUT = {
    "STFT": _TRANSFORM,
    "MelWeightMatrix": _TRANSFORM,
    "Loop": _LOOP,
    "Scan": _LOOP,
    "ConvInteger": _QUANTIZED,
    "DynamicQuantizeLinear": _QUANTIZED,
    "MatMulInteger": _QUANTIZED,
    "QLinearConv": _QUANTIZED,
    "QLinearMatMul": _QUANTIZED,
    "RandomNormal": "export the network after model.eval()",
    "RandomNormalLike": "export the network after model.eval()",
}


def unknown(operation: Operation) -> Obstacle:
    """What stands in the way of an operation of an unknown operator."""
    way_out = _WAYS_OUT.get(operation.op, "replace it by operators of the list in docs/importing.md")
    return Obstacle.at(operation, "Ossicle does not import this operator", way_out)
