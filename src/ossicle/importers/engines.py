"""The engines that others run these networks with: onnxruntime and LiteRT, where they are installed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ossicle.importers.network import Network

Sizes = Mapping[str, tuple[int | str | None, ...]]


class Engine(Protocol):
    """A network of a file, ready to run in the engine that it was made for."""

    name: str
    """And its version."""
    watched: frozenset[str]
    """Values besides the outputs that a run gives."""
    inputs: Sizes
    """Names and shapes of what it takes; sizes that are open are text or None."""

    def run(self, feeds: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """One call: outputs and watched values by name; numbers are brought to the types of the inputs."""


class NoEngineError(Exception):
    """The engine of a file is not installed, or does not take the file; the message says which."""


def open_engine(path: Path, network: Network) -> Engine:
    """The engine of a file, which gives what its nodes compute too, where it can.

    Raises :class:`NoEngineError` where there is none.
    """
    kind, package = _ENGINES[network.format]
    if not find_spec(package):
        raise NoEngineError(f"{package.replace('_', '-')} is not installed")
    try:
        return kind(path, network)
    except Exception as error:  # whatever the engine raises at a file that it does not take
        raise NoEngineError(
            f"{package.replace('_', '-')} does not run this file: {_first_line(error)}"
        ) from None


class _OnnxRuntime:
    """onnxruntime without optimizations, so that each node computes what the file says."""

    def __init__(self, path: Path, network: Network) -> None:
        import onnx
        import onnxruntime

        from ossicle.importers.onnx.qoperators import with_unsigned_weights

        model = with_unsigned_weights(onnx.ModelProto.FromString(path.read_bytes()))
        outputs = {output.name for output in model.graph.output}
        computed = {name for node in model.graph.node for name in node.output if name}
        moving = {
            name
            for operation in network.operations
            for name in operation.outputs
            if name and network.values[name].constant is None
        }
        self.watched = frozenset((computed & moving) - outputs)
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in sorted(self.watched))
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        folder = str(path.resolve().parent)
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", folder)
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self.name = f"onnxruntime {onnxruntime.__version__}"
        self.inputs: Sizes = {node.name: tuple(node.shape) for node in self.session.get_inputs()}
        self.outputs = [node.name for node in self.session.get_outputs()]
        self.types = {node.name: _ONNX_TYPES.get(node.type, "float32") for node in self.session.get_inputs()}

    def run(self, feeds: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Run the whole graph once."""
        given = {
            name: _shaped(np.asarray(value, self.types[name]), self.inputs[name])
            for name, value in feeds.items()
        }
        return dict(zip(self.outputs, self.session.run(None, given), strict=True))


_ONNX_TYPES = {
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(bool)": "bool",
    **{f"tensor({sign}int{bits})": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


class _LiteRt:
    """LiteRT's interpreter with its default kernels, which keeps variables from call to call."""

    def __init__(self, path: Path, network: Network) -> None:
        import ai_edge_litert.interpreter
        from ai_edge_litert import __version__

        from ossicle.importers.tflite.file import read_bytes

        self.interpreter = ai_edge_litert.interpreter.Interpreter(
            model_content=read_bytes(path), num_threads=1
        )
        self.interpreter.allocate_tensors()
        self.name = f"ai-edge-litert {__version__}"
        self.watched: frozenset[str] = frozenset()
        self.given = dict(zip(network.inputs, self.interpreter.get_input_details(), strict=False))
        self.taken = dict(zip(network.outputs, self.interpreter.get_output_details(), strict=False))
        self.inputs: Sizes = {name: tuple(detail["shape"]) for name, detail in self.given.items()}

    def run(self, feeds: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Run the main subgraph once."""
        for name, value in feeds.items():
            detail = self.given[name]
            self.interpreter.set_tensor(detail["index"], np.asarray(value, detail["dtype"]))
        self.interpreter.invoke()
        return {name: self.interpreter.get_tensor(detail["index"]) for name, detail in self.taken.items()}


_ENGINES: dict[str, tuple[Callable[[Path, Network], Engine], str]] = {
    "onnx": (_OnnxRuntime, "onnxruntime"),
    "tflite": (_LiteRt, "ai_edge_litert"),
}


def _shaped(array: np.ndarray, shape: Sequence[int | str | None]) -> np.ndarray:
    """A number spread over a shape, where the shape is known; arrays stay as they are."""
    if array.ndim == len(shape):
        return array
    return np.broadcast_to(array, [size if isinstance(size, int) else 1 for size in shape]).copy()


def _first_line(error: Exception) -> str:
    with suppress(IndexError):
        return str(error).strip().splitlines()[0][:200]
    return type(error).__name__
