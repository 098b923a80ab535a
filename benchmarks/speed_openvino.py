"""The suppressors' network in OpenVINO, as it comes or with weights in int8."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from openvino import opset13

SETTINGS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}


def openvino_turn(
    path: Path, shapes: Mapping[str, tuple[int, ...]], frames: int, int8: bool
) -> Callable[[], None]:
    """So many frames of an ONNX file; with ``int8`` its plugin quantizes operands as they come."""
    core = openvino.Core()
    model = core.read_model(path)
    if int8:
        _compress(model)
    request = core.compile_model(model, "CPU", SETTINGS).create_infer_request()
    for name, shape in shapes.items():
        request.set_tensor(name, openvino.Tensor(np.full(shape, 0.1, np.float32)))

    def turn() -> None:
        for _ in range(frames):
            request.infer()

    return turn


def _compress(model: Any) -> None:
    """Matrices become int8 with a scale for each row, as OpenVINO writes compressed weights."""
    for node in model.get_ops():
        if node.get_type_name() == "MatMul":
            matrix = node.input_value(1).get_node().data.T
            scales = np.abs(matrix).max(1, keepdims=True) / 127
            codes = opset13.constant(np.rint(matrix / scales).astype(np.int8))
            weight = opset13.multiply(opset13.convert(codes, "f32"), opset13.constant(scales))
            product = opset13.matmul(node.input_value(0), weight, False, True)
            node.output(0).replace(product.output(0))
