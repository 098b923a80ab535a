"""Spectra of rows in TFLite files are transforms of the graph, and agree with LiteRT."""

import numpy as np
import pytest

pytest.importorskip("tflite")

from tflite_files import Function, Part, Step, constant, write

import ossicle
from ossicle.errors import OssicleError

RNG = np.random.default_rng(6)


def spectra(rows=1):
    """A window, then magnitudes, and real and imaginary parts beside one another."""
    parts = [
        Part("x", (1, rows, 32)), constant("window", np.hanning(32), "float32"), Part("w", (1, rows, 32)),
        constant("length", [rows, 32]), Part("s", (1, rows, 17), "complex64"),
        *(Part(name, (1, rows, 17)) for name in ("magnitude", "re", "im")), Part("parts", (1, rows, 34)),
    ]  # fmt: skip
    steps = [
        Step("MUL", ["x", "window"], ["w"], "MulOptions"),
        Step("RFFT2D", ["w", "length"], ["s"]),
        Step("COMPLEX_ABS", ["s"], ["magnitude"]),
        Step("REAL", ["s"], ["re"]),
        Step("IMAG", ["s"], ["im"]),
        Step("CONCATENATION", ["re", "im"], ["parts"], "ConcatenationOptions", {"Axis": 2}),
    ]
    return Function(parts, steps, ["x"], ["magnitude", "parts"])


def test_spectra_and_magnitudes_agree_with_litert(tmp_path):
    pytest.importorskip("ai_edge_litert")
    model = ossicle.import_network(write(tmp_path / "s.tflite", spectra()), steps=20)
    assert model.proof.engine.startswith("ai-edge-litert") and model.proof.snr_db > 110
    assert [node.op for node in model.graph.nodes].count("fourier") == 1


def test_a_transform_of_several_rows_at_once_is_refused(tmp_path):
    path = write(tmp_path / "s.tflite", spectra(rows=4))
    with pytest.raises(OssicleError, match=r"rfft2d_1.*RFFT2D.*4 rows at once"):
        ossicle.import_network(path)
