"""Networks in ONNX, of any opset from 7 on."""

from ossicle.importers.onnx.reader import read_onnx

__all__ = ["read_onnx"]
