"""The readers that are fuzzed, and the files that their inputs are made of."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import soundfile
from fuzzing import Reader, header_of, seal_header
from networks import small_model, small_spotter
from onnx import TensorProto, helper, numpy_helper
from tflite_files import Function, Part, Step, constant, write

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.data.corpus import read_manifest
from ossicle.data.mixtures import read_mixtures
from ossicle.graph.file import load_model, save_model
from ossicle.graph.task import End, Ends
from ossicle.numerics.arrays import read_npz
from ossicle.platforms.host.files import project
from ossicle.schedule import plan
from ossicle.targets import load_target
from ossicle.tasks.front_ends import fitted_task, load_front_end, presets
from ossicle.train import recipe

SOUNDS = (
    "WAV",
    "WAVEX",
    "RF64",
    "FLAC",
    "OGG",
    "AIFF",
    "CAF",
    "AU",
    "W64",
    "VOC",
    "NIST",
    "MP3",
    "IRCAM",
    "AVR",
)
MIXTURES = b"name,speech,noise,snr_db,level_dbfs\none,a.wav,b.wav,5.0,-26\ntwo,c.wav,,0,-30.5\n"
MANIFEST = b"file,split,speaker,licence,duration_s\na.wav,train,one,CC0,1.5\nb/c.wav,test,two,CC BY 4.0,2\n"
SHIPPED = Path(api.__file__).parents[1]


def readers(folder: Path) -> list[Reader]:
    """All readers; seeds are made in ``folder``."""
    models = {"float": small_model("gru"), "integer": api.quantize(small_model("conv"), "int8")}
    models["spotter"] = small_spotter()
    files = {name: folder / f"{name}.ossicle" for name in models}
    for name, model in models.items():
        save_model(model, files[name])
    headers = [
        Reader(f"model header, {name}", ".ossicle", [header_of(path)], use_model, seal_header(path))
        for name, path in files.items()
    ]
    return [
        Reader("model file", ".ossicle", _bytes(files.values()), load_model),
        *headers,
        Reader("ONNX", ".onnx", onnx_seeds(), import_file),
        Reader("TFLite", ".tflite", tflite_seeds(folder), import_file),
        Reader("audio", ".wav", sounds(), read_audio),
        Reader("recipe", ".toml", _shipped("train/recipes/*.toml"), read_recipe),
        Reader("front end", ".toml", _bytes(presets().values()), fit_front_end),
        Reader("target", ".toml", _shipped("targets/*.toml"), lambda path: load_target(str(path))),
        Reader("list of mixtures", ".csv", [MIXTURES], read_mixtures),
        Reader("manifest", ".csv", [MANIFEST], lambda path: read_manifest(path.parent), seal_manifest),
        Reader("arrays", ".npz", [arrays()], lambda path: read_npz(path, "")),
    ]


def seal_manifest(data: bytes, path: Path) -> None:
    """Manifests have one name, and their recordings lie beside them."""
    path.with_name("manifest.csv").write_bytes(data)


def _bytes(paths: Sequence[Path]) -> list[bytes]:
    return [Path(path).read_bytes() for path in paths]


def _shipped(pattern: str) -> list[bytes]:
    return _bytes(sorted(SHIPPED.glob(pattern)))


def use_model(path: Path) -> object:
    """Load a model and write its C, in memory."""
    model, target = load_model(path), load_target("host")
    return repr(model), project(model.graph, plan(model.graph, kernels=target.kernels), target)


def import_file(path: Path) -> object:
    """Survey a network, and import it without a comparison."""
    return api.inspect_network(path), api.import_network(path, steps=0)


def read_recipe(path: Path) -> object:
    """Read a recipe by its path."""
    return recipe.load_recipe(str(path))


def fit_front_end(path: Path) -> object:
    """Put a front end around ends that its network may have."""
    ends = Ends((End("x", (1, 257)),), (End("y", (1, 257)),))
    return fitted_task(load_front_end(path), None, ends)


def onnx_seeds() -> list[bytes]:
    """A dense network, a convolution, and a GRU over one step with its state."""
    rng = np.random.default_rng(0)

    def tensor(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(rng.normal(0, 0.3, shape).astype(np.float32), name)

    def network(nodes, ends, constants) -> bytes:
        inputs, outputs = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in side.items()]
            for side in ends
        )
        graph = helper.make_graph(nodes, "net", inputs, outputs, constants)
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()

    node = helper.make_node
    dense = [node("Gemm", ["x", "w", "b"], ["s"]), node("Relu", ["s"], ["t"])]
    dense.append(node("Add", ["t", "c"], ["y"]))
    gru = [node("GRU", ["x", "w", "r", "b", "", "h"], ["", "g"], hidden_size=3, linear_before_reset=1)]
    gru.append(node("Sigmoid", ["g"], ["y"]))
    convolution = [node("Conv", ["x", "w"], ["s"], pads=[1, 1, 1, 1]), node("Tanh", ["s"], ["y"])]
    return [
        network(
            dense,
            ({"x": [1, 4]}, {"y": [1, 3]}),
            [tensor("w", 4, 3), tensor("b", 3), tensor("c", 3)],
        ),
        network(
            gru,
            ({"x": [1, 1, 4], "h": [1, 1, 3]}, {"y": [1, 1, 3], "g": [1, 1, 3]}),
            [tensor("w", 1, 9, 4), tensor("r", 1, 9, 3), tensor("b", 1, 18)],
        ),
        network(convolution, ({"x": [1, 2, 4, 4]}, {"y": [1, 3, 4, 4]}), [tensor("w", 3, 2, 3, 3)]),
    ]


def tflite_seeds(folder: Path) -> list[bytes]:
    """A dense layer in int8, and one in floats."""
    rng = np.random.default_rng(0)
    parts = [
        Part("x", (1, 12), "int8", scale=(0.1,), zero_point=(-128,)),
        constant("w", rng.integers(-60, 60, (3, 12)), "int8", (0.001,)),
        constant("b", rng.integers(-900, 900, 3), "int32", (0.0001,)),
        Part("s", (1, 3), "int8", scale=(0.05,), zero_point=(3,)),
        Part("y", (1, 3), "int8", scale=(1 / 256,), zero_point=(-128,)),
    ]
    steps = [Step("FULLY_CONNECTED", ["x", "w", "b"], ["s"]), Step("LOGISTIC", ["s"], ["y"])]
    floats = [
        Part("x", (1, 4)),
        constant("w", rng.normal(size=(3, 4)), "float32"),
        Part("s", (1, 3)),
        Part("y", (1, 3)),
    ]
    plain = [Step("FULLY_CONNECTED", ["x", "w", ""], ["s"]), Step("TANH", ["s"], ["y"])]
    return _bytes(
        [
            write(folder / "integer.tflite", Function(parts, steps, ["x"], ["y"])),
            write(folder / "float.tflite", Function(floats, plain, ["x"], ["y"])),
        ]
    )


def sounds() -> list[bytes]:
    """A short tone in each kind of file."""
    tone, found = np.sin(np.arange(900) / 9), []
    for kind in SOUNDS:
        file = io.BytesIO()
        soundfile.write(file, tone, 16000, format=kind)
        found.append(file.getvalue())
    return found


def arrays() -> bytes:
    """An archive of two arrays."""
    file = io.BytesIO()
    np.savez_compressed(file, x=np.arange(12.0).reshape(3, 4), y=np.zeros(3, np.int8))
    return file.getvalue()
